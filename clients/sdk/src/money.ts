import type { components } from "./schema.gen.ts";

/** Integer minor units with their asset. Money is never a float, and is shown exactly or not at all. */
export type Amount = components["schemas"]["Amount"];

const DECIMALS: Readonly<Record<string, number>> = {
  BEAT: 6,
  USDC: 6,
  BTN: 8,
  JPY: 0,
  KRW: 0,
  BHD: 3,
  KWD: 3,
  TND: 3,
};

/** Digits after the point: BEAT and USDC six, BTN eight, currencies by ISO 4217. */
export function decimals(asset: string): number {
  return DECIMALS[asset] ?? 2;
}

/**
 * The exact decimal figure, with at least `atLeast` digits after the point (currencies: all of theirs) and none
 * of the zeros beyond: `250000` BEAT is `0.25`.
 */
export function exact(amount: Amount, atLeast = 2): string {
  const { sign, whole, rest } = figures(amount, atLeast);
  return sign + whole + (rest && `.${rest}`);
}

/** The same as a reader of `language` writes it: `1,234.50` or `1.234,50`. */
export function shown(amount: Amount, language: string, atLeast = 2): string {
  const { sign, whole, rest } = figures(amount, atLeast);
  return sign + writer(language).format(BigInt(whole)) + (rest && pointOf(language) + rest);
}

const writers = new Map<string, Intl.NumberFormat>();

/** What writes whole numbers in a language. To make one takes as long as a hundred uses of it, so there is one of each. */
export function writer(language: string): Intl.NumberFormat {
  let found = writers.get(language);
  if (!found) {
    found = new Intl.NumberFormat(language);
    writers.set(language, found);
  }
  return found;
}

/** The same as it stands in a field: {@link read} reads it as this amount. */
export function written(amount: Amount, language: string): string {
  const { whole, rest } = figures(amount, 0);
  return whole + (rest && pointOf(language) + unambiguous(rest));
}

function figures({ asset, amount }: Amount, atLeast: number) {
  const places = decimals(asset);
  const units = BigInt(amount);
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const rest = digits.slice(digits.length - places).replace(/0+$/, "");
  return {
    sign: units < 0n ? "−" : "",
    whole: digits.slice(0, digits.length - places),
    rest: rest.padEnd(Math.min(atLeast, places), "0"),
  };
}

function pointOf(language: string): string {
  const parts = writer(language).formatToParts(0.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
}

/** `amount` times a whole number, as a price for each second times seconds. */
export function times({ asset, amount }: Amount, count: number | bigint): Amount {
  return { asset, amount: (BigInt(amount) * BigInt(count)).toString() };
}

/** The sum of amounts of one asset; throws a `RangeError` for two assets. */
export function sum(asset: string, amounts: Iterable<Amount>): Amount {
  let total = 0n;
  for (const each of amounts) {
    if (each.asset !== asset) {
      throw new RangeError(`${each.asset} cannot be added to ${asset}`);
    }
    total += BigInt(each.amount);
  }
  return { asset, amount: total.toString() };
}

/** Why what a person typed is no amount; `ambiguous`: it can be read as two. */
export type Unreadable = "no_figure" | "too_large" | "too_fine" | "ambiguous";

/** What a person types, as `0.25` or `0,25`. */
const TYPED = /^(\d{1,12})(?:([.,])(\d+))?$/;

/**
 * Reads what a person typed into minor units. One separator before exactly three digits parts thousands for some and
 * decimals for others, so that `1,000` is neither; behind a nought it can only be decimals.
 */
export function read(asset: string, text: string): Amount | Unreadable {
  const [, whole = "", , rest = ""] = TYPED.exec(text.trim()) ?? [];
  if (!whole) {
    return /^\d{13,}([.,]\d+)?$/.test(text.trim()) ? "too_large" : "no_figure";
  }
  if (rest.length === 3 && Number(whole) > 0) {
    return "ambiguous";
  }
  const places = decimals(asset);
  const kept = rest.replace(/0+$/, "");
  return kept.length > places
    ? "too_fine"
    : { asset, amount: BigInt(whole + kept.padEnd(places, "0")).toString() };
}

/** The same; `undefined` for whatever is no amount. */
export function parse(asset: string, text: string): Amount | undefined {
  const found = read(asset, text);
  return typeof found === "string" ? undefined : found;
}

/** The two readings of what is ambiguous, each written so that there is no other: of `1,500`, `1500` and `1.50`. */
export function readings(text: string, language: string): { large: string; small: string } {
  const [, whole = "", , rest = ""] = TYPED.exec(text.trim()) ?? [];
  return {
    large: whole + rest,
    small: whole + pointOf(language) + unambiguous(rest.replace(/0+$/, "").padEnd(2, "0")),
  };
}

/** Decimals of which nobody thinks that they are the last three digits of a large figure. */
function unambiguous(digits: string): string {
  return digits.length === 3 ? `${digits}0` : digits;
}
