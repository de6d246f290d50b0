/** Marking found words in a text, whatever their case and accents. Pure. */

export interface Piece {
  text: string;
  isFound: boolean;
}

/** Letters that are not a base letter with a mark, as the server folds them. */
const LETTERS: Record<string, string> = { ł: "l", đ: "d", ø: "o", ß: "ss", æ: "ae", œ: "oe", ð: "d", þ: "th", ı: "i", ħ: "h" };

/** Text without case and accents. */
export function folded(text: string): string {
  return [...text].map(foldedLetter).join("");
}

function foldedLetter(letter: string): string {
  const plain = letter.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return [...plain].map((part) => LETTERS[part] ?? part).join("");
}

/** The text in pieces; those that begin with a word of the query are marked. The last word may be a beginning, the others are whole. */
export function highlighted(text: string, query: string): Piece[] {
  const words = folded(query).match(/[\p{L}\p{N}]+/gu) ?? [];
  const pieces: Piece[] = [];
  for (const [token] of text.matchAll(/[\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}]+/gu)) {
    const plain = folded(token);
    const isFound = words.some((word, index) => (index === words.length - 1 ? plain.startsWith(word) : plain === word));
    const last = pieces.at(-1);
    if (last && last.isFound === isFound && !isFound) last.text += token;
    else pieces.push({ text: token, isFound });
  }
  return pieces;
}

/** The part of a long text around the first found word, in pieces. */
export function excerpt(text: string, query: string, most = 220): Piece[] {
  const pieces = highlighted(text, query);
  const first = pieces.findIndex((piece) => piece.isFound);
  const before = pieces.slice(0, Math.max(0, first)).reduce((sum, piece) => sum + piece.text.length, 0);
  if (text.length <= most || before < most / 2) return pieces;
  const cut = text.slice(Math.max(0, before - Math.floor(most / 3)));
  return highlighted(`…${cut.replace(/^\S*\s/, "")}`, query);
}
