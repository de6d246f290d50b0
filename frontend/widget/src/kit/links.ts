/** Web addresses in a text. */

/** The text in pieces, in order: words and links by turns, a link wherever the index is odd. */
export function splitLinks(text: string): string[] {
  const pieces: string[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/gi)) {
    let link = found.replace(/[.,:;!?'»”…]+$/, "");
    // A bracket that closes outside the address belongs to the sentence.
    while (link.endsWith(")") && link.split(")").length > link.split("(").length) link = link.slice(0, -1);
    if (!URL.canParse(link)) continue;
    pieces.push(text.slice(done, index), link);
    done = index + link.length;
  }
  return [...pieces, text.slice(done)];
}
