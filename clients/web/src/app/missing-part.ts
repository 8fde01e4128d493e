/** As browsers say it of a part of the app that could not be fetched; each has words of its own. */
const MISSING = /dynamically imported module|importing a module|part of the app/i;

/** Whether this is why: a part of the app is not here. */
export function isMissingPart(error: unknown): boolean {
  return error instanceof TypeError && MISSING.test(error.message);
}

/** Where the part is that is missing, for browsers that say so. */
export function addressOfMissing(error: unknown): string | undefined {
  return isMissingPart(error) ? /https?:\S+\.js/.exec(String(error))?.[0] : undefined;
}

/**
 * For a part that is missing the router loads the page anew, as there may be a newer version. Without a network there is
 * none, nor would there be a page, and the music would be gone with it: there it gets words that it does not know.
 */
export function stayOffline(): void {
  window.addEventListener("vite:preloadError", ({ payload }) => {
    if (!navigator.onLine) {
      payload.message = `A part of the app could not be fetched: ${addressOfMissing(payload) ?? ""}`;
    }
  });
}
