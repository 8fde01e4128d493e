/**
 * What to look for when nothing was found: each word by itself, and the beginnings of long ones, since the end of
 * a word is where most mistakes are. The longest word first, four at most.
 */
export function neighbours(q: string): string[] {
  const words = q
    .trim()
    .split(/\s+/)
    .filter((word) => word.length > 2);
  const found = new Set<string>();
  if (words.length > 1) {
    for (const word of words.toSorted((a, b) => b.length - a.length)) {
      found.add(word);
    }
  }
  for (const word of words) {
    const letters = [...word];
    if (letters.length > 4) {
      found.add(letters.slice(0, Math.max(3, Math.floor(letters.length / 2))).join(""));
    }
  }
  return [...found].slice(0, 4);
}
