import { Resonance } from "@resonance/sdk";
import { queryClient } from "./query.ts";

declare global {
  interface Window {
    /** What boot.js asked for before the app was there, by path. */
    early?: Map<string, Promise<Response>>;
  }
}

/** So long after its beginning a visit takes what was asked for then. */
const EARLY_MS = 20_000;

/** An answer that is on its way already is taken, once; a question that failed is asked again. */
async function fetched(asked: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  if (asked instanceof Request && asked.method === "GET" && performance.now() < EARLY_MS) {
    const { pathname, search } = new URL(asked.url);
    const answer = window.early?.get(pathname + search);
    window.early?.delete(pathname + search);
    const early = await answer?.catch(() => undefined);
    if (early) {
      return early;
    }
  }
  return fetch(asked, init);
}

/** This page's server. The log-in is in cookies that no script can read. */
export const server = new Resonance({
  fetch: fetched,
  // What a screen holds that is not saved stays on it.
  onSessionEnd: () => forget(() => queryClient.invalidateQueries()),
});

/** The other pages of this browser, which has one log-in for all of them. */
const pages = "BroadcastChannel" in window ? new BroadcastChannel("resonance.account") : undefined;
pages?.addEventListener("message", () => forget(() => queryClient.resetQueries()));

/** Says to the other pages of this browser that its log-in has ended. */
export function tellOfEnd(): void {
  pages?.postMessage("ended");
}

/** What the account could see is asked for again as anybody. */
function forget(askAgain: () => Promise<void>): void {
  // Who was nobody all the time sees nothing else from now on.
  if (queryClient.getQueryData(["me"])) {
    queryClient.setQueryData(["me"], null);
    void askAgain();
  }
}
