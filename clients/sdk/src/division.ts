const WHOLE = 10_000n;

/** What a share of `basisPoints` is of all that listeners pay, once the fee is taken: in basis points, rounded. */
export function shareOfAll(feeBp: number, basisPoints: number): number {
  const whole = Number(WHOLE);
  return Math.round(((whole - feeBp) * basisPoints) / whole);
}

/** A sum divided: fee and shares add up to it. */
export interface Parts {
  fee: bigint;
  shares: bigint[];
}

/**
 * Divides what a session charged in all (docs/LEDGER-FORMAT.md): the fee first, then shares of `basisPoints`, and what
 * rounding leaves to the largest remainders. Undefined for shares that are not a whole.
 */
export function divide(charged: bigint, feeBp: number, basisPoints: readonly number[]): Parts | undefined {
  const whole = basisPoints.reduce((sum, each) => sum + each, 0);
  const areShares = basisPoints.every((each) => Number.isInteger(each) && each > 0);
  if (charged < 0n || !areShares || whole !== Number(WHOLE) || feeBp < 0 || feeBp > Number(WHOLE)) {
    return undefined;
  }
  const fee = (charged * BigInt(feeBp)) / WHOLE;
  const net = charged - fee;
  const shares = basisPoints.map((each) => (net * BigInt(each)) / WHOLE);
  const remainder = (at: number) => (net * BigInt(basisPoints[at] ?? 0)) % WHOLE;
  let rest = net - shares.reduce((sum, each) => sum + each, 0n);
  // The sort is stable: of equal remainders the first in the split comes first.
  for (const at of [...shares.keys()].sort((a, b) => Number(remainder(b) - remainder(a)))) {
    if (rest === 0n) {
      break;
    }
    shares[at] = (shares[at] ?? 0n) + 1n;
    rest -= 1n;
  }
  return { fee, shares };
}
