/** Web addresses in a text. */

/** What ends a sentence ends no address; a bracket belongs to it when it closes inside. */
const LINK = /(\bhttps?:\/\/(?:\([^\s<>"()]*\)|[^\s<>"()])*(?:\([^\s<>"()]*\)|[^\s<>"().,:;!?'»”…]))/i;

/** The text in pieces, in order: words and links by turns, a link wherever the index is odd. */
export const splitLinks = (text: string): string[] => text.split(LINK);
