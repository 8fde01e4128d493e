import { NetworkError } from "./errors.ts";
import type { Transport } from "./upload.ts";

/** Nothing moved for so long: the line is dead, whatever it says. */
const STALL_MS = 90_000;

/**
 * Sends by XMLHttpRequest, which browsers and React Native have and which alone tells how much of a body has left.
 * A connection that drops or stalls is a {@link NetworkError}; one that is given up throws the signal's reason.
 */
export function xhrTransport(create: () => XMLHttpRequest = () => new XMLHttpRequest()): Transport {
  return ({ url, method, headers, body, signal, onProgress }) =>
    new Promise((resolve, reject) => {
      const xhr = create();
      let stall: ReturnType<typeof setTimeout> | undefined;
      const settle = (then: () => void) => {
        clearTimeout(stall);
        signal.removeEventListener("abort", giveUp);
        then();
      };
      const lost = (message: string) => settle(() => reject(new NetworkError(message)));
      const giveUp = () => {
        settle(() => reject(signal.reason));
        xhr.abort();
      };
      const alive = () => {
        clearTimeout(stall);
        stall = setTimeout(() => {
          lost("the upload stalled");
          xhr.abort();
        }, STALL_MS);
      };
      xhr.open(method, url);
      for (const [name, value] of Object.entries(headers)) {
        xhr.setRequestHeader(name, value);
      }
      xhr.upload.onprogress = (event) => {
        alive();
        onProgress(event.loaded, event.total);
      };
      // Without this event all would seem to be sent only when the answer is there.
      xhr.upload.onload = (event) => onProgress(event.total, event.total);
      xhr.onload = () => {
        const { status, responseText } = xhr;
        settle(() =>
          resolve({ status, body: responseText, retryAfter: xhr.getResponseHeader("retry-after") }),
        );
      };
      xhr.onerror = () => lost("the connection dropped");
      xhr.onabort = () => lost("the connection was given up");
      xhr.ontimeout = () => lost("the upload took too long");
      signal.addEventListener("abort", giveUp);
      alive();
      xhr.send(body);
    });
}
