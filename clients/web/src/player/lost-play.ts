import { ask, isRetryable } from "@resonance/sdk";
import type { Settled } from "@resonance/sdk/meterframes";
import { server } from "../app/client.ts";

/** The server waits for a listener whose line broke, and ends the session then: it is asked so often whether it has. */
const ASK_MS = 3_000;

/** Asks what became of a play that rests because its line broke, until the server says that it is over. */
export class LostPlay {
  readonly #ended: (settled: Settled) => void;
  #session: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ended: (settled: Settled) => void) {
    this.#ended = ended;
    window.addEventListener("online", () => void this.#ask());
  }

  /** The session that rests so now; undefined: none does. */
  is(session: string | undefined): void {
    if (session !== this.#session) {
      this.#session = session;
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    const id = this.#session;
    if (id === undefined) {
      return;
    }
    const end = navigator.onLine ? await endOf(id) : undefined;
    if (id !== this.#session) {
      return;
    }
    if (end) {
      this.#session = undefined;
      this.#ended(end);
    } else {
      this.#timer = setTimeout(() => void this.#ask(), ASK_MS);
    }
  }
}

/** What a session came to; undefined while it may be gone on with, or nobody can say. */
async function endOf(id: string): Promise<Settled | undefined> {
  try {
    const path = "/api/v1/sessions/{id}";
    const { status, beats, total } = await ask(server.api.GET(path, { params: { path: { id } } }));
    return status === "open" ? undefined : { sessionId: id, beats, amount: BigInt(total.amount) };
  } catch (error) {
    return isRetryable(error) ? undefined : { sessionId: id, beats: 0, amount: 0n };
  }
}
