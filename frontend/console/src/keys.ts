/** Reading key presses: one stroke as text, and sequences such as "g i". Pure. */

export interface Press {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const MODIFIERS = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock"]);

/**
 * A press as "mod+k", "alt+arrowdown", "j", "?"; "" for a modifier alone. Letters are told by their place on the keyboard when the
 * layout is not Latin, so that J is J for somebody who writes Russian.
 */
export function strokeOf(press: Press): string {
  if (MODIFIERS.has(press.key)) return "";
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1];
  const isLatin = /^[a-z]$/i.test(press.key);
  const name = (letter && !isLatin ? letter : press.key).toLowerCase();
  const isShiftNamed = press.shiftKey && (letter !== undefined || press.key.length > 1);
  return [press.ctrlKey || press.metaKey ? "mod+" : "", press.altKey ? "alt+" : "", isShiftNamed ? "shift+" : "", name].join("");
}

/** A stroke that is a character by itself: such keys can be switched off, and never act while somebody writes. */
export function isCharacter(stroke: string): boolean {
  return !stroke.includes("+") && stroke.length === 1;
}

export interface Match<T> {
  command: T | null;
  /** What has been pressed so far, when more is needed. */
  rest: string;
}

/** The command for what was pressed before and now; a sequence waits in `rest`. */
export function matchKeys<T extends { keys?: string }>(commands: readonly T[], before: string, stroke: string): Match<T> {
  const pressed = before ? `${before} ${stroke}` : stroke;
  const command = commands.find((candidate) => candidate.keys === pressed);
  if (command) return { command, rest: "" };
  if (commands.some((candidate) => candidate.keys?.startsWith(`${pressed} `))) return { command: null, rest: pressed };
  return before ? matchKeys(commands, "", stroke) : { command: null, rest: "" };
}

const NAMES: Record<string, string> = {
  arrowdown: "↓",
  arrowup: "↑",
  arrowleft: "←",
  arrowright: "→",
  enter: "Enter",
  escape: "Esc",
};

/** How keys are written on screen: ["Ctrl", "K"] for each stroke. */
export function labelsOf(keys: string, isMac: boolean): string[][] {
  return keys.split(" ").map((stroke) =>
    stroke.split(/(?<=.)\+/).map((part) => {
      if (part === "mod") return isMac ? "⌘" : "Ctrl";
      if (part === "alt") return isMac ? "⌥" : "Alt";
      if (part === "shift") return isMac ? "⇧" : "Shift";
      return NAMES[part] ?? part.toUpperCase();
    }),
  );
}
