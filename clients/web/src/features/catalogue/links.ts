/** An address of the web; what punctuation follows it belongs to the sentence. */
const ADDRESS = /https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]}…]/g;

/** Prose in pieces: words, and the addresses among them. */
export function linked(text: string): readonly { text: string; href?: string }[] {
  const pieces: { text: string; href?: string }[] = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    if (URL.canParse(address)) {
      pieces.push({ text: text.slice(end, index) }, { text: address, href: address });
      end = index + address.length;
    }
  }
  return [...pieces, { text: text.slice(end) }].filter((piece) => piece.text !== "");
}
