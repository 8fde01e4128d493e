import { ask, isRetryable } from "@resonance/sdk";
import type { Settled } from "@resonance/sdk/meterframes";
import { server } from "../app/client.ts";
import { moneyMoved } from "../features/wallet/balance.ts";
import { usePaying } from "./paying.ts";

/** A play that is over here, and of which the server has not said what it came to. */
export interface OpenEnd {
  readonly sessionId: string;
  readonly title: string;
  readonly asset: string;
  /** What it cost as far as is known here, in minor units. */
  readonly spent: bigint;
  /** The server may not know that it is over. */
  readonly isCut: boolean;
}

/** The server says it over the line that paid. Where it has not, it is asked, and as often; at once where that line is gone. */
const ASK_MS = 5_000;

const { getState: get, setState: set } = usePaying;

/** Sees to it that each play is settled and its listener told so, though the line was cut when it ended. */
export class OpenEnds {
  readonly #settled: (settled: Settled) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settled: (settled: Settled) => void) {
    this.#settled = settled;
    window.addEventListener("online", () => void this.#ask());
  }

  add(end: OpenEnd): void {
    set({ openEnds: [...get().openEnds, end] });
    this.#later(end.isCut ? 0 : ASK_MS);
  }

  /** The server said what it came to, or knows nothing of it. */
  drop(sessionId: string): void {
    set({ openEnds: get().openEnds.filter((end) => end.sessionId !== sessionId) });
  }

  #later(ms = ASK_MS): void {
    clearTimeout(this.#timer);
    if (get().openEnds.length > 0) {
      this.#timer = setTimeout(() => void this.#ask(), ms);
    }
  }

  /** Without a network there is nobody to ask. */
  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    for (const { sessionId } of navigator.onLine ? get().openEnds : []) {
      await this.#settle(sessionId);
    }
    this.#later();
  }

  async #settle(id: string): Promise<void> {
    const path = "/api/v1/sessions/{id}/settle";
    try {
      const { beats, amount } = await ask(server.api.POST(path, { params: { path: { id } } }));
      this.#settled({ sessionId: id, beats, amount: BigInt(amount) });
    } catch (error) {
      if (isRetryable(error)) {
        const cut = (end: OpenEnd) => (end.sessionId === id ? { ...end, isCut: true } : end);
        set({ openEnds: get().openEnds.map(cut) });
      } else {
        this.drop(id);
        moneyMoved();
      }
    }
  }
}
