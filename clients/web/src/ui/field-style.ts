/** What every field looks like that is typed into. 16 px on phones: below that, iOS zooms into the page. */
export const INPUT =
  "w-full rounded-field border border-edge bg-transparent px-3 text-[1rem] md:text-15 placeholder:text-faint hover:border-paper disabled:opacity-50 data-[invalid]:border-rust";

export const LABEL = "text-13 font-medium text-soft";
export const HINT = "text-13 text-faint";
export const WRONG = "text-13 text-rust";
