import { ApiError, isRetryable } from "@resonance/sdk";
import { meQuery } from "../app/me.ts";
import { queryClient } from "../app/query.ts";
import { askQueue, type Left, putQueue } from "./queue-on-server.ts";
import { keepShared, keptShared, type Shared } from "./store.ts";

export type { Left } from "./queue-on-server.ts";

/** What is not on the server yet: where it stands, or which tracks. */
type Change = "place" | "tracks";

interface Desk {
  left(): Left;
  /** Takes over what another device left; false where that would cut off what plays. */
  take(left: Left): boolean;
  /** Nothing is left, and nothing plays. */
  empty(): void;
  isPlaying(): boolean;
}

const SOON_MS = 1_500;
/** While it plays, the place is told this often. */
const MOMENT_MS = 15_000;
const LATER_MS = 30_000;
/** As many ids as a browser lets a page send on its way out. */
const MOST_LEAVING = 1_000;

/**
 * The queue of the account, which follows it from device to device. Each write names what it was made from, so no device
 * undoes what another did: what plays goes on, what was put in order last holds, and who rests takes over.
 */
export class SharedQueue {
  readonly #desk: Desk;
  #shared: Shared | undefined = keptShared();
  /** What changed since the last write. */
  #change: Change | undefined = this.#shared?.change;
  /** When the listener did that. */
  #changedAt = 0;
  #plays = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Number.POSITIVE_INFINITY;
  #quiet = false;
  #met = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(desk: Desk) {
    this.#desk = desk;
    const lookAgain = () => {
      if (document.visibilityState === "visible" && !desk.isPlaying() && Date.now() - this.#met > SOON_MS) {
        void this.meet();
      }
    };
    document.addEventListener("visibilitychange", lookAgain);
    window.addEventListener("online", lookAgain);
    let account = this.#account();
    queryClient.getQueryCache().subscribe(({ query }) => {
      if (query.queryKey[0] === meQuery.queryKey[0] && query.queryKey.length === 1) {
        const now = this.#account();
        if (now !== account) {
          account = now;
          if (queryClient.getQueryData(meQuery.queryKey) === null) {
            // Logged out: what the account heard is nothing for whoever sits here next.
            this.quietly(() => desk.empty());
          } else {
            void this.meet();
          }
        }
      }
    });
  }

  /** Does something to the queue that is none of the listener's changes. */
  quietly<T>(act: () => T): T {
    const before = this.#quiet;
    this.#quiet = true;
    try {
      return act();
    } finally {
      this.#quiet = before;
    }
  }

  /** The listener changed the queue, or went to another place, or time went by. */
  changed(what: Change | "moment"): void {
    if (this.#quiet || !this.#account()) {
      return;
    }
    const before = this.#change;
    this.#change = before === "tracks" || what === "tracks" ? "tracks" : "place";
    this.#changedAt = Date.now();
    if (this.#change !== before) {
      this.#keep();
    }
    // Where it is stopped another page may go on at once, and pay from there.
    const stops = this.#plays && !this.#desk.isPlaying();
    this.#plays = this.#desk.isPlaying();
    this.#schedule(what === "moment" ? MOMENT_MS : stops ? 0 : SOON_MS);
  }

  /** Looks at what the account has on the server, and takes it or overwrites it. */
  meet(): Promise<void> {
    return this.#one(() => this.#meet());
  }

  /** The page goes: what the server does not have is sent on the way out, or kept for the next visit. */
  leave(): void {
    const left = this.#desk.left();
    const whole = this.#change === "tracks";
    this.#keep();
    if (this.#change && this.#shared && (!whole || left.ids.length <= MOST_LEAVING)) {
      void putQueue(left, this.#shared.tag, whole, true).catch(() => {});
    }
  }

  #account(): string | undefined {
    return queryClient.getQueryData(meQuery.queryKey)?.userId;
  }

  #schedule(ms: number): void {
    const due = Date.now() + ms;
    if (due < this.#due) {
      clearTimeout(this.#timer);
      this.#due = due;
      this.#timer = setTimeout(() => {
        this.#due = Number.POSITIVE_INFINITY;
        void this.#one(() => this.#write());
      }, ms);
    }
  }

  /** One thing after the other: an answer is never compared with a state that is past. */
  #one(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch(() => this.#schedule(LATER_MS));
    return this.#work;
  }

  async #meet(conflict = false): Promise<void> {
    const me = await queryClient.fetchQuery(meQuery);
    if (!me) {
      return;
    }
    const { left, tag, updatedAt } = await askQueue();
    this.#met = Date.now();
    const mine = this.#shared?.owner === me.userId ? this.#shared : undefined;
    if (mine?.tag === tag && !this.#change) {
      return;
    }
    const isNobodys = this.#shared === undefined;
    const isNew = updatedAt === undefined && (isNobodys || mine !== undefined);
    // The order that was made here since holds; a mere place does not.
    const isLater = conflict || (mine !== undefined && mine.at > (updatedAt ?? 0));
    const isMineNewer = mine?.tag === tag || (isLater && this.#change === "tracks");
    this.#shared = { owner: me.userId, tag, at: Date.now() };
    const here = this.#desk.left();
    // Nor does the place hold, unless the listener stopped this very track here after the other one wrote.
    const stopsHere =
      conflict && this.#changedAt > (updatedAt ?? 0) && left.ids[left.at] === here.ids[here.at];
    const taken = stopsHere ? { ...left, ms: here.ms } : left;
    if (isNew || isMineNewer || !this.quietly(() => this.#desk.take(taken))) {
      if (this.#desk.left().ids.length > 0 || !isNew) {
        this.#change = isMineNewer && mine?.tag === tag ? this.#change : "tracks";
        await this.#send();
      } else {
        this.#keep();
      }
      return;
    }
    // What plays goes on with the order of the other one: where it stands is told, as is where it was stopped.
    this.#change = stopsHere || this.#desk.isPlaying() ? "place" : undefined;
    this.#keep();
    if (this.#change) {
      this.#schedule(stopsHere ? 0 : SOON_MS);
    }
  }

  async #write(): Promise<void> {
    if (!this.#change) {
      return;
    }
    if (this.#shared && this.#shared.owner === this.#account()) {
      await this.#send();
    } else {
      await this.#meet();
    }
  }

  async #send(): Promise<void> {
    const change = this.#change;
    const shared = this.#shared;
    if (!change || !shared) {
      return;
    }
    this.#change = undefined;
    try {
      const tag = await putQueue(this.#desk.left(), shared.tag, change === "tracks", false);
      this.#shared = { owner: shared.owner, tag, at: Date.now() };
      this.#keep();
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) {
        // Another device wrote meanwhile.
        this.#change = change === "tracks" || this.#change === "tracks" ? "tracks" : undefined;
        this.#shared = { ...shared, tag: "" };
        await this.#meet(true);
      } else if (isRetryable(error)) {
        this.#change ??= change;
        throw error;
      }
    }
  }

  #keep(): void {
    if (this.#shared) {
      const { owner, tag } = this.#shared;
      keepShared({ owner, tag, at: Date.now(), ...(this.#change && { change: this.#change }) });
    }
  }
}
