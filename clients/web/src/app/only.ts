/**
 * What was made sense of in an address, and nothing else of what it says: the router puts back what a screen leaves out, in
 * whatever form it came.
 */
export function only<Read extends object>(asked: Record<string, unknown>, read: Read): Read {
  const nothing = Object.fromEntries(Object.keys(asked).map((name) => [name, undefined]));
  return { ...nothing, ...read };
}
