import { ask, isRetryable } from "@resonance/sdk";
import type { Settled } from "@resonance/sdk/meterframes";
import { server } from "../app/client.ts";

/** The server waits for a listener whose line broke, and ends the session then: it is asked so often whether it has. */
const ASK_MS = 3_000;

/** Asks what became of a play that rests because its line broke, until the server says that it is over. */
export class LostPlay {
  readonly #ended: (settled: Settled) => void;
  readonly #waits: (total: bigint) => void;
  #session: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `waits`: the server is there and may be gone on with; what the session has cost. */
  constructor(ended: (settled: Settled) => void, waits: (total: bigint) => void) {
    this.#ended = ended;
    this.#waits = waits;
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
    const { is, settled } = navigator.onLine ? await standingOf(id) : AWAY;
    if (id !== this.#session) {
      return;
    }
    if (is === "over") {
      this.#session = undefined;
      this.#ended(settled);
    } else {
      if (is === "open") {
        this.#waits(settled.amount);
      }
      this.#timer = setTimeout(() => void this.#ask(), ASK_MS);
    }
  }
}

type Standing = { is: "open" | "over"; settled: Settled } | typeof AWAY;

/** Nobody can say. */
const AWAY = { is: "away", settled: undefined } as const;

/** Whether a session may be gone on with, and what it has come to. */
async function standingOf(id: string): Promise<Standing> {
  try {
    const path = "/api/v1/sessions/{id}";
    const { status, beats, total } = await ask(server.api.GET(path, { params: { path: { id } } }));
    const settled = { sessionId: id, beats, amount: BigInt(total.amount) };
    return { is: status === "open" ? "open" : "over", settled };
  } catch (error) {
    return isRetryable(error) ? AWAY : { is: "over", settled: { sessionId: id, beats: 0, amount: 0n } };
  }
}
