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
export function exact({ asset, amount }: Amount, atLeast = 2): string {
  const places = decimals(asset);
  const units = BigInt(amount);
  const sign = units < 0n ? "−" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const rest = digits.slice(digits.length - places);
  const kept = rest.replace(/0+$/, "").padEnd(Math.min(atLeast, places), "0");
  return sign + whole + (kept ? `.${kept}` : "");
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

/** Reads what a person typed, as `0.25`, into minor units; `undefined` if it is no such figure or too fine. */
export function parse(asset: string, text: string): Amount | undefined {
  const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim());
  if (!match?.[1]) {
    return undefined;
  }
  const places = decimals(asset);
  const rest = (match[2] ?? "").replace(/0+$/, "");
  if (rest.length > places) {
    return undefined;
  }
  return { asset, amount: BigInt(match[1] + rest.padEnd(places, "0")).toString() };
}
