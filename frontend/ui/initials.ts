/** The first letters of the first and the last word of a name, as they are written; at most two. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const first = words[0];
  if (!first) return "?";
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return [first, last].map((word) => letter(word)).join("");
}

function letter(word: string | undefined): string {
  return word?.match(/\p{L}\p{M}*|\p{N}/u)?.[0].toUpperCase() ?? "";
}
