import type { components } from "@resonance/sdk";
import type { KeptPlay, Meter } from "@resonance/sdk/meter";
import type { Cap, Settled } from "@resonance/sdk/meterframes";
import type { Reading } from "@resonance/sdk/meterplay";
import { paidUpTo } from "@resonance/sdk/ribbon";
import i18next from "i18next";
import { server } from "../app/client.ts";
import { connect } from "../app/line.ts";
import { meQuery } from "../app/me.ts";
import { queryClient } from "../app/query.ts";
import { hasAgreed } from "../features/paying/caps.ts";
import { pagesQuery } from "../features/studio/pages.ts";
import { balancesQuery, keepSpent, moneyMoved } from "../features/wallet/balance.ts";
import { inFigures } from "../ui/money.ts";
import { toast } from "../ui/toast.tsx";
import { LostPlay } from "./lost-play.ts";
import { OpenEnds } from "./open-ends.ts";
import { type Halt, purseBy, spokenOf, usePaying } from "./paying.ts";
import { type Track, usePlayer } from "./player.ts";
import { keepPlay, keptPlay } from "./store.ts";
import { queuedTrack } from "./tracks.ts";
import { type Left, wayBack } from "./way-back.ts";

/** What the till asks of the player. */
interface Hall {
  /** Where the sound is, in milliseconds of the track. */
  place(): number;
  /** How far it can be heard without the server. */
  ready(): number;
  /** Whether sound is wanted and does not come, though the server is there. */
  waits(): boolean;
  /** Silence, until the listener presses play. */
  rest(): void;
  /** A second was charged. */
  beat(): void;
}

/** `paid`: a session is open. `free`: it costs this listener nothing. */
export type Begun = "paid" | "free" | "refused";

/** Without a connection it is heard for so long from what is buffered. */
const GRACE_MS = 10_000;
/** More of a track is asked for this often while the meter stands still. */
const STILL_MS = 1_000;
/** So often in vain: then it does not come by itself. Before that the server may not know of the new place yet. */
const IN_VAIN = 2;
/** From then on it is asked for less often. */
const SELDOM_MS = 4_000;
const PAGES_MS = 5 * 60_000;
/** So many places that were left are remembered. */
const MOST_LEFT = 20;

const { getState: get, setState: set } = usePaying;

/** What a refusal of the server means to a listener. */
function haltOf(code: string): Halt {
  switch (code) {
    case "insufficient_funds":
      return "balance";
    case "cap_reached":
      return "cap";
    case "session_ended":
      return "elsewhere";
    case "price_changed":
      return "price";
    case "rail_unavailable":
    case "artist_unmanaged":
      return "unpayable";
    case "unauthenticated":
      return "log_in";
    case "network":
    case "distrusted":
      return code;
    default:
      return "failed";
  }
}

/** Pays for what plays, while it sounds: begins a session, and ends it. */
export class Till {
  readonly #hall: Hall;
  readonly #ends = new OpenEnds((settled) => this.#settled(settled));
  readonly #lost = new LostPlay(
    (settled) => this.#endedAway(settled),
    (total) => this.#isBack(total),
  );
  /** The session that was told last to be settled. */
  #told: string | undefined;
  #meter: Meter | undefined;
  /** What was asked for last: answers to earlier questions count no more. */
  #turn = 0;
  #answer: ((begun: Begun) => void) | undefined;
  /** Resolved when the meter has moved on. */
  #moved: (() => void)[] = [];
  #grace: ReturnType<typeof setTimeout> | undefined;
  #sounding = false;
  /** How often in a row more of the track was asked for in vain while nothing of it was to be heard. */
  #inVain = 0;
  /** What the play had cost when its line was lost, in minor units. */
  #spentAtLoss = 0n;
  /** That nothing more was to be had unpaid has happened in this play. */
  #isShort = false;
  /** The places that were left in this play. */
  #left: Left[] = [];
  #still: ReturnType<typeof setTimeout> | undefined;
  /** The session is of what has not begun to sound: what is wrong with it is found again when its turn comes. */
  #isAhead = false;

  constructor(hall: Hall) {
    this.#hall = hall;
    queryClient.getQueryCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "success" && isOfBalances(event.query.queryKey)) {
        this.#recount();
      }
    });
  }

  /** Whether a track costs something as far as is known before it is asked for. */
  wants({ pricePerSecond: price, available }: Track): boolean {
    const me = queryClient.getQueryData(meQuery.queryKey);
    return Boolean(me) && available && price != null && BigInt(price.amount) > 0n;
  }

  /** The same, once it is known who listens: whoever presses play before that is not taken for a visitor. */
  async asks(track: Track): Promise<boolean> {
    if (track.pricePerSecond != null) {
      await queryClient.ensureQueryData(meQuery).catch(() => null);
    }
    return this.wants(track);
  }

  /** Opens a session on a track; `ahead` of its turn, what is in the way is not told. */
  async begin(track: Track, ms: number, ahead = false): Promise<Begun> {
    this.end();
    this.#isAhead = ahead;
    const turn = this.#turn;
    const left = keptPlay();
    const ribbon = left?.trackId === track.id ? left.ribbon : [];
    set({ track, reading: undefined, purse: undefined, ribbon, halt: undefined, sheet: undefined });
    const price = track.pricePerSecond;
    const isMine = await isOwn(track);
    if (isMine || !price) {
      set({ free: track.id });
      return "free";
    }
    const agreed = await hasAgreed().catch(() => undefined);
    const meter = agreed && turn === this.#turn ? await this.#open().catch(() => undefined) : undefined;
    if (turn !== this.#turn) {
      return "refused";
    }
    if (!meter) {
      if (!ahead) {
        set(agreed === false ? { sheet: "first" } : { halt: "network" });
      }
      return "refused";
    }
    if (left?.purse && left.trackId === track.id) {
      set({ purse: BigInt(left.purse) });
    }
    return await new Promise((resolve) => {
      this.#answer = resolve;
      const { asset, amount } = price;
      meter.play({ trackId: track.id, positionMs: ms, asset, price: BigInt(amount) }, left);
    });
  }

  /** Sound comes out, or not: only while it does it costs something. */
  sounding(is: boolean): void {
    this.#isAhead &&= !is;
    if (is !== this.#sounding) {
      this.#sounding = is;
      this.#meter?.sounding(is);
      if (is) {
        this.#comes();
      } else {
        this.#askAgain();
      }
    }
  }

  seek(ms: number): void {
    this.#left = [...this.#left.slice(-MOST_LEFT), { ms: this.#hall.place(), untilMs: this.#hall.ready() }];
    this.#comes();
    this.#meter?.seek(ms);
    this.#wake();
  }

  /** The listener presses play: it may go on, waits for an answer of the listener, or has to begin anew. */
  async goOn(): Promise<"on" | "wait" | "gone"> {
    const { halt, reading, sheet } = get();
    if (!this.#meter || !reading) {
      return "gone";
    }
    const needs = halt === "cap" || (halt === "balance" && !(await affords(reading))) ? halt : undefined;
    if (needs) {
      set({ sheet: sheet ?? needs });
      return "wait";
    }
    set({ halt: undefined });
    this.#meter.goOn();
    this.#wake();
    return "on";
  }

  /** Lets this play cost so much at most. */
  raise(cap: bigint): void {
    set({ halt: undefined, sheet: undefined, spoken: undefined });
    this.#meter?.goOn(cap);
    this.#wake();
  }

  /** The play is over. What was paid for in it costs again in the next, and is marked no longer. */
  end(): void {
    this.#turn += 1;
    this.#read(undefined);
    this.#meter?.stop();
    this.#answered("refused");
    this.#sounding = false;
    this.#isAhead = false;
    this.#isShort = false;
    this.#left = [];
    this.#comes();
    clearTimeout(this.#grace);
    set({
      reading: undefined,
      ribbon: [],
      halt: undefined,
      sheet: undefined,
      spoken: undefined,
      asked: undefined,
    });
    this.#wake();
  }

  /** When more of the track may be had than before: after a beat, or a moment; not while it rests for want of money. */
  async released(): Promise<void> {
    this.#miss();
    await new Promise<void>((resolve) => {
      this.#moved.push(resolve);
      this.#askAgain();
    });
  }

  /** Looking around used up what is sent unpaid: from now on little of the track is fetched ahead. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** More of the track was not to be had. While nothing of it is heard, that changes for want of a SEEK alone. */
  #miss(): void {
    const { track, reading, halt, ribbon } = get();
    const counts = reading?.phase === "running" || (reading?.phase === "paused" && !reading.reason);
    if (!track || !counts || halt || !this.#hall.waits()) {
      return;
    }
    this.#inVain += 1;
    if (this.#inVain > IN_VAIN) {
      this.#isShort = true;
      set({ playsFrom: wayBack(this.#left, ribbon, track.durationMs) });
    }
  }

  #comes(): void {
    this.#inVain = 0;
    set({ playsFrom: undefined });
  }

  /** While the meter stands still no beat says when to ask again. */
  #askAgain(): void {
    const { reading, halt, playsFrom } = get();
    if (this.#moved.length > 0 && reading && !halt && !this.#sounding) {
      this.#still ??= setTimeout(() => this.#wake(), playsFrom === undefined ? STILL_MS : SELDOM_MS);
    }
  }

  #wake(): void {
    clearTimeout(this.#still);
    this.#still = undefined;
    for (const resolve of this.#moved.splice(0)) {
      resolve();
    }
  }

  #answered(begun: Begun): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(begun);
  }

  /** What pays is fetched when there is something to pay. */
  async #open(): Promise<Meter> {
    if (this.#meter) {
      return this.#meter;
    }
    const [{ Meter }, { SessionKey }] = await Promise.all([
      import("@resonance/sdk/meter"),
      import("@resonance/sdk/voucher"),
    ]);
    this.#meter ??= new Meter(
      {
        baseUrl: server.baseUrl,
        session: server.session,
        connect,
        renew: () => server.session.renew(),
        makeKey: () => SessionKey.make(),
        keyOf: (secret) => SessionKey.of(secret),
        position: () => this.#hall.place(),
        keep: (play: KeptPlay | undefined) => {
          const { purse, ribbon } = get();
          keepPlay(play && { ...play, purse: purse?.toString(), ribbon });
        },
      },
      {
        reading: (reading) => this.#read(reading),
        beat: () => this.#beat(),
        settled: (settled) => this.#settled(settled),
        free: () => {
          set({ free: get().track?.id });
          this.#answered("free");
        },
        refused: (code, reachedCap) => this.#refused(code, reachedCap),
      },
    );
    return this.#meter;
  }

  #read(reading: Reading | undefined): void {
    const before = get().reading;
    this.#lost.is(reading?.reason === "network" ? reading.sessionId : undefined);
    if (before?.sessionId && before.sessionId !== reading?.sessionId) {
      this.#over(before, before.sessionId);
    }
    if (!reading || (before && reading.trackId !== before.trackId)) {
      set({ reading });
      return;
    }
    set({ reading, spoken: spokenOf(get().spoken, before, reading) });
    if (before?.phase === "running" && reading.phase === "paused") {
      moneyMoved();
    }
    if (reading.phase === "running" || (reading.phase === "paused" && !reading.reason)) {
      clearTimeout(this.#grace);
      this.#grace = undefined;
      this.#isBack(reading.spent);
      if (this.#answer) {
        void balanceOf(reading.asset);
        this.#answered("paid");
      }
    } else if (reading.phase === "lost") {
      this.#loses(reading);
      this.#grace ??= setTimeout(() => this.#halt("network"), GRACE_MS);
    } else if (reading.reason && reading.reason !== before?.reason) {
      const { reason } = reading;
      const halt = reason === "suspended" ? "elsewhere" : reason === "client" ? "network" : reason;
      if (halt === "network") {
        this.#loses(reading);
      }
      this.#halt(halt, reading.reachedCap);
    }
  }

  /** What was told until now is what is known of it. */
  #loses({ spent }: Reading): void {
    if (get().halt !== "network") {
      this.#spentAtLoss = spent;
    }
  }

  /** The server is there again, and says what the play that rests for want of it has cost. */
  #isBack(spent: bigint): void {
    const { halt } = get();
    if (halt === "network" || halt === "back") {
      set({ halt: "back", owed: spent > this.#spentAtLoss ? spent - this.#spentAtLoss : 0n });
    }
  }

  /** Its session is over: what it cost stays spent, though the server has not said so yet. */
  #over({ asset, spent, phase, reason, late }: Reading, sessionId: string): void {
    const { purse, track } = get();
    const left = purse === undefined ? undefined : purse - spent;
    set({ reading: undefined, purse: left });
    if (left !== undefined) {
      keepSpent(asset, left);
    }
    if (spent > 0n && sessionId !== this.#told) {
      const isCut = !navigator.onLine || late || phase === "lost" || reason === "network";
      this.#ends.add({ sessionId, title: track?.title ?? "", asset, spent, isCut });
    }
  }

  /** What there is becomes less by what the meter says; what else moves it is seen when the server is asked. */
  #recount(): void {
    const { purse, reading } = get();
    const balance = reading && of(queryClient.getQueryData(balancesQuery.queryKey), reading.asset);
    if (balance) {
      set({ purse: purseBy(purse, balance.available + balance.held, reading) });
    }
  }

  #beat(): void {
    set({ ribbon: paidUpTo(get().ribbon, this.#hall.place()) });
    this.#wake();
    this.#hall.beat();
  }

  /** The server did not wait for the line to come back: the play is over. What was chosen for it holds for what is left of it. */
  #endedAway(settled: Settled): void {
    const left = keptPlay();
    this.end();
    if (left) {
      keepPlay({ ...left, purse: undefined, ribbon: [] });
    }
    this.#settled(settled);
  }

  #settled({ sessionId, amount }: Settled): void {
    const isNews = sessionId !== this.#told;
    this.#told = sessionId;
    this.#ends.drop(sessionId);
    moneyMoved();
    if (amount > 0n && isNews) {
      const figure = inFigures({ asset: "BEAT", amount: amount.toString() });
      toast(i18next.t("player.paying.settled", { figure }), {
        label: i18next.t("player.paying.receipt"),
        to: "/wallet/receipts/$session",
        params: { session: sessionId },
      });
    }
  }

  #refused(code: string, reachedCap: Cap | undefined): void {
    const { track } = get();
    const halt = haltOf(code);
    if (code === "price_changed" && track) {
      void showPrice(track.id);
    }
    // One that ends while it rests is no matter: the next press begins anew.
    if (!this.#isAhead && (this.#answer || this.#sounding || halt !== "elsewhere")) {
      this.#halt(halt, reachedCap);
    } else if (!this.#isAhead) {
      // What it rested for is over with it, and so is the question how to go on; who pays in goes on doing so.
      const sheet = get().sheet === "balance" ? "balance" : undefined;
      set({ halt: undefined, reachedCap: undefined, sheet });
    }
    this.#answered("refused");
  }

  #halt(halt: Halt, reachedCap?: Cap): void {
    const asks = halt === "balance" || halt === "cap" ? halt : undefined;
    if (halt === "balance") {
      // What there was when it was last asked for is spent.
      void balanceOf("BEAT");
    }
    set({ halt, reachedCap, ...(asks && { sheet: asks }) });
    this.#wake();
    if (!this.#answer) {
      this.#hall.rest();
    }
  }
}

/** What a track costs now, wherever its price stands. */
async function showPrice(id: string): Promise<void> {
  void queryClient.invalidateQueries({ queryKey: ["track", id] });
  const now = await queryClient.fetchQuery({ ...queuedTrack(id), staleTime: 0 }).catch(() => undefined);
  if (now && get().track?.id === id) {
    set({ track: now });
  }
  if (now && usePlayer.getState().current?.id === id) {
    usePlayer.setState({ current: now });
  }
}

/** Nobody pays themselves. */
async function isOwn(track: Track): Promise<boolean> {
  const me = queryClient.getQueryData(meQuery.queryKey);
  const pages =
    me && (await queryClient.fetchQuery({ ...pagesQuery(me), staleTime: PAGES_MS }).catch(() => []));
  return pages?.some(({ id }) => id === track.artist.id) ?? true;
}

/** Whether there is money for a second more. */
async function affords({ asset, price }: Reading): Promise<boolean> {
  const balance = await balanceOf(asset);
  return balance !== undefined && balance.available >= price;
}

interface Balance {
  available: bigint;
  held: bigint;
}

async function balanceOf(asset: string): Promise<Balance | undefined> {
  const balances = await queryClient.fetchQuery({ ...balancesQuery, staleTime: 0 }).catch(() => undefined);
  return of(balances, asset);
}

function of(
  balances: readonly components["schemas"]["Balance"][] | undefined,
  asset: string,
): Balance | undefined {
  const found = balances?.find((each) => each.asset === asset);
  return found && { available: BigInt(found.available), held: BigInt(found.held) };
}

function isOfBalances([scope, of]: readonly unknown[]): boolean {
  return scope === balancesQuery.queryKey[0] && of === balancesQuery.queryKey[1];
}
