/** Whether the server has written into the page what its first screen shows, as it does for visitors. */
export const isWritten = document.getElementById("answers") !== null;

let isDrawn = false;

/** The first screen, once it has what the page brought with it, is drawn once; every later one at once, and again. */
export function firstOf(asked: Promise<unknown>): Promise<unknown> | undefined {
  return isWritten && !isDrawn ? asked : undefined;
}

/** From now on no screen is the first. */
export function drawn(): void {
  isDrawn = true;
}
