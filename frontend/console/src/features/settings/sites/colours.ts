/** A site's colour as a ground for text, as the server draws it for the widget (WCAG 2.2). Pure. */

const CONTRAST = 4.5;
/** Grounds of at least this luminance carry black. */
const LIGHT = 0.32;
const SHAPE = /^#[0-9a-f]{6}$/;

/** `#2f6f5e` for what somebody typed: `2F6F5E`, `#2f6f5e`, `#abc`. Null for what is no colour. */
export function colourFrom(text: string): string | null {
  let digits = text.trim().replace(/^#/, "").toLowerCase();
  if (/^[0-9a-f]{3}$/.test(digits)) digits = [...digits].map((digit) => digit + digit).join("");
  return SHAPE.test(`#${digits}`) ? `#${digits}` : null;
}

/** The ground nearest to a colour that carries text, and the colour of that text. */
export function groundAndInk(colour: string): { ground: string; ink: string } {
  let shares = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  if (luminance(shares) >= LIGHT) return { ground: colour.toLowerCase(), ink: "#000000" };
  while (1.05 / (luminance(shares) + 0.05) < CONTRAST) shares = shares.map((share) => share * 0.99);
  const digits = shares.map((share) => Math.floor(share * 255 + 1e-9).toString(16).padStart(2, "0"));
  return { ground: `#${digits.join("")}`, ink: "#ffffff" };
}

/** The contrast of a colour's ground with its text, as WCAG counts it: 1 to 21. */
export function contrastOf({ ground, ink }: { ground: string; ink: string }): number {
  const [one = 0, other = 0] = [ground, ink]
    .map((colour) => luminance([1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)))
    .sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}

function luminance(shares: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = shares.map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
