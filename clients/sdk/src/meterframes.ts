/** What the meter says to a listener (docs/METER.md), read with suspicion. */

/** What a session was agreed on. */
export interface Terms {
  readonly sessionId: string;
  readonly trackId: string;
  readonly payee: string;
  readonly asset: string;
  /** Minor units, as all amounts here. */
  readonly pricePerBeat: bigint;
  /** What was collected under the same grant before. */
  readonly base: bigint;
  readonly baseBeats: number;
  /** The narrowest of the listener's limits when it began. */
  readonly cap: bigint | undefined;
  readonly verifyingContract: string;
  readonly grantId: string;
  readonly contextHash: string;
}

const REASONS = ["cap", "balance", "unacknowledged", "client", "network", "suspended"] as const;
/** Why time does not count. */
export type PauseReason = (typeof REASONS)[number];

const CAPS = ["perPlay", "perDay", "perMonth", "perArtist"] as const;
/** One of the listener's limits. */
export type Cap = (typeof CAPS)[number];

export interface Beat {
  readonly sessionId: string;
  /** The number of the second. */
  readonly seq: number;
  /** Those of them that are charged. */
  readonly beats: number;
  readonly cumulativeAmount: bigint;
  /** The newest second that is durable. */
  readonly committedSeq: number;
  /** For how many beats there is money within the caps; undefined for a free track, or while it is unknown. */
  readonly beatsRemaining: number | undefined;
}

/** What a session came to. */
export interface Settled {
  readonly sessionId: string;
  readonly beats: number;
  readonly amount: bigint;
}

export type MeterFrame =
  | {
      type: "SESSION_STARTED";
      terms: Terms;
      seq: number;
      beats: number;
      beatsRemaining: number | undefined;
    }
  | { type: "BEAT"; beat: Beat }
  | { type: "PAUSED"; sessionId: string; reason: PauseReason; reachedCap: Cap | undefined }
  | { type: "SESSION_SETTLED"; settled: Settled }
  | {
      type: "ERROR";
      code: string;
      detail: string;
      sessionId: string | undefined;
      reachedCap: Cap | undefined;
    };

/** A frame; undefined for what is none, or is of a kind that only newer clients know. */
export function readMeterFrame(text: string): MeterFrame | undefined {
  try {
    return frameOf(new Fields(JSON.parse(text)));
  } catch {
    return undefined;
  }
}

function frameOf(fields: Fields): MeterFrame | undefined {
  const type = fields.text("type");
  switch (type) {
    case "SESSION_STARTED":
      return {
        type,
        terms: termsOf(fields),
        seq: fields.count("seq"),
        beats: fields.count("beats"),
        beatsRemaining: fields.maybe("beatsRemaining", (name) => fields.count(name)),
      };
    case "BEAT":
      return {
        type,
        beat: {
          sessionId: fields.text("sessionId"),
          seq: fields.count("seq"),
          beats: fields.count("beats"),
          cumulativeAmount: fields.amount("cumulativeAmount"),
          committedSeq: fields.count("committedSeq"),
          beatsRemaining: fields.maybe("beatsRemaining", (name) => fields.count(name)),
        },
      };
    case "PAUSED": {
      const said = fields.text("reason");
      const reason = REASONS.find((each) => each === said) ?? "suspended";
      return { type, sessionId: fields.text("sessionId"), reason, reachedCap: capOf(fields) };
    }
    case "SESSION_SETTLED": {
      const [sessionId, beats] = [fields.text("sessionId"), fields.count("beats")];
      return { type, settled: { sessionId, beats, amount: fields.amount("amount") } };
    }
    case "ERROR":
      return {
        type,
        code: fields.text("code"),
        detail: fields.text("detail"),
        sessionId: fields.maybe("sessionId", (name) => fields.text(name)),
        reachedCap: capOf(fields),
      };
    default:
      return undefined;
  }
}

/** Which cap is in the way, if the server says one that is known here. */
function capOf(fields: Fields): Cap | undefined {
  const said = fields.maybe("reachedCap", (name) => fields.text(name));
  return CAPS.find((each) => each === said);
}

function termsOf(fields: Fields): Terms {
  return {
    sessionId: fields.text("sessionId"),
    trackId: fields.text("trackId"),
    payee: fields.text("payee"),
    asset: fields.text("asset"),
    pricePerBeat: fields.amount("pricePerBeat"),
    base: fields.amount("base"),
    baseBeats: fields.count("baseBeats"),
    cap: fields.maybe("cap", (name) => fields.amount(name)),
    verifyingContract: fields.within("domain").text("verifyingContract"),
    grantId: fields.text("grantId"),
    contextHash: fields.text("contextHash"),
  };
}

/** Fields of an object; each throws if it is not there or of another kind. */
class Fields {
  readonly #of: object;

  constructor(of: unknown) {
    if (typeof of !== "object" || of === null) {
      throw new TypeError("not an object");
    }
    this.#of = of;
  }

  #at(name: string): unknown {
    return Reflect.get(this.#of, name);
  }

  within(name: string): Fields {
    return new Fields(this.#at(name));
  }

  maybe<T>(name: string, read: (name: string) => T): T | undefined {
    return (this.#at(name) ?? undefined) === undefined ? undefined : read(name);
  }

  text(name: string): string {
    const value = this.#at(name);
    if (typeof value !== "string") {
      throw new TypeError(name);
    }
    return value;
  }

  count(name: string): number {
    const value = this.#at(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw new TypeError(name);
    }
    return value;
  }

  amount(name: string): bigint {
    const digits = this.text(name);
    if (!/^\d{1,39}$/.test(digits)) {
      throw new TypeError(name);
    }
    return BigInt(digits);
  }
}
