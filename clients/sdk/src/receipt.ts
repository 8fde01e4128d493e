/**
 * Whether a receipt proves what it says, without its server and without trusting it: what `resonance receipt verify` does.
 * This brings viem along: load it when needed.
 */
import { concat, type Hex, hashMessage, isHex, keccak256, recoverAddress, sha256, stringToHex } from "viem";
import { divide } from "./division.ts";
import { type Entry, isSound, rootBy } from "./ledger.ts";
import type { components } from "./schema.gen.ts";
import { contextHash, digest, grantId } from "./voucher.ts";

export type Receipt = components["schemas"]["Receipt"];
type ProvenEntry = components["schemas"]["ProvenEntry"];

/** What is looked at, in this order. */
export const CHECKS = [
  /** It is of a version that this program knows. */
  "version",
  /** The instance signed exactly this. */
  "issuer",
  /** Seconds times price is the total, all in one asset, and no more seconds are charged than were heard. */
  "total",
  /** Fee and shares are what the split makes of the total. */
  "shares",
  /** Grant, payee, context and domain are those of this session, track, price and instance. */
  "terms",
  /** The listener's session key signed for exactly what is charged. */
  "voucher",
  /** Its entries stand in the ledger's chain, by their proofs. */
  "ledger",
  /** The entries moved what the receipt says, to those whom it names. */
  "posted",
] as const;
export type Check = (typeof CHECKS)[number];

export interface Finding {
  check: Check;
  holds: boolean;
}

/** Looks at everything; a receipt proves what it says if all of it holds. */
export async function checkReceipt(receipt: Receipt): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    findings.push({ check, holds: await holds(check, receipt) });
  }
  return findings;
}

async function holds(check: Check, receipt: Receipt): Promise<boolean> {
  try {
    return await LOOK[check](receipt);
  } catch {
    // What cannot be read as what it should be proves nothing.
    return false;
  }
}

const LOOK: Readonly<Record<Check, (receipt: Receipt) => boolean | Promise<boolean>>> = {
  version: ({ version }) => version === 1,
  issuer: isSigned,
  total: isTotal,
  shares: isDivided,
  terms: areTerms,
  voucher: isVouched,
  ledger: ({ sessionId, entries }) =>
    new Set(entries.map(({ key }) => key)).size === entries.length &&
    entries.every((proven) => isInChain(proven, sessionId)),
  posted: isPosted,
};

/** SHA-256 of a receipt without its hash and signature, in canonical JSON (RFC 8785). */
export function receiptHash(receipt: Receipt): Hex {
  const { hash: _, signature: __, ...rest } = receipt;
  return sha256(stringToHex(canonicalJson(rest)));
}

/** JSON with its keys in order and without blanks. Receipts hold no number that is not whole. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError("a number that is not whole");
  }
  return JSON.stringify(value);
}

async function isSigned(receipt: Receipt): Promise<boolean> {
  const { hash, signature = "", issuer } = receipt;
  if (receiptHash(receipt) !== hash) {
    return false;
  }
  return same(await signer(hashMessage(`Resonance receipt ${hash}`), signature), addressOf(issuer));
}

function isTotal({ total, fee, pricePerSecond, shares, beats, seconds }: Receipt): boolean {
  const others = [fee, pricePerSecond, ...shares.map(({ amount }) => amount)];
  return (
    others.every(({ asset }) => asset === total.asset) &&
    BigInt(beats) * BigInt(pricePerSecond.amount) === BigInt(total.amount) &&
    beats <= seconds
  );
}

function isDivided({ total, fee, platformFeeBp, shares }: Receipt): boolean {
  const names = new Set(shares.map(({ artistId }) => artistId));
  const parts = divide(
    BigInt(total.amount),
    platformFeeBp,
    shares.map(({ basisPoints }) => basisPoints),
  );
  return (
    parts !== undefined &&
    names.size === shares.length &&
    parts.fee === BigInt(fee.amount) &&
    shares.every(({ amount }, at) => BigInt(amount.amount) === parts.shares[at])
  );
}

function placeOf(receipt: Receipt) {
  const { sessionId, trackId, splitId, total, pricePerSecond, issuer } = receipt;
  const payee = keccak256(concat([stringToHex("resonance:split"), bytesOf(splitId)]));
  return {
    sessionId,
    trackId,
    asset: total.asset,
    pricePerBeat: BigInt(pricePerSecond.amount),
    payee: last20(payee),
    verifyingContract: addressOf(issuer),
  };
}

function areTerms(receipt: Receipt): boolean {
  const place = placeOf(receipt);
  return (
    same(place.verifyingContract, receipt.verifyingContract) &&
    same(place.payee, receipt.payee) &&
    grantId(place.sessionId, receipt.sessionKey) === receipt.grantId &&
    contextHash(place) === receipt.contextHash
  );
}

async function isVouched(receipt: Receipt): Promise<boolean> {
  const { voucher, sessionKey, beats, total } = receipt;
  if (!voucher) {
    return beats === 0;
  }
  const sum = BigInt(voucher.cumulativeAmount);
  if (voucher.beats !== beats || sum !== BigInt(total.amount)) {
    return false;
  }
  const signed = digest(placeOf(receipt), sessionKey, sum, voucher.beats);
  return same(await signer(signed, voucher.signature), sessionKey);
}

function isInChain(proven: ProvenEntry, sessionId: string): boolean {
  const { key, kind } = proven;
  const isOwn =
    (kind === "capture" && key.startsWith(`capture:${sessionId}:`)) ||
    (kind === "settlement" && key === `settle:${sessionId}`);
  const entry = entryOf(proven);
  const path = proven.path.map(hashOf);
  const proof = { index: proven.index, size: proven.batchSize, path };
  return isOwn && isSound(entry) && rootBy(entry, proof) === hashOf(proven.batchRoot);
}

function entryOf({ key, at, kind, lines }: ProvenEntry): Entry {
  return {
    key,
    at: micros(at),
    kind,
    lines: lines.map(({ account, asset, amount }) => ({ account, asset, amount: whole(amount) })),
  };
}

function isPosted({ entries, fee, shares, total }: Receipt): boolean {
  const due = new Map(shares.map(({ artistId, amount }) => [`earned:${artistId}`, BigInt(amount.amount)]));
  due.set("fees", BigInt(fee.amount));
  for (const { account, asset, amount } of entries.flatMap(({ lines }) => lines)) {
    const left = due.get(account);
    if (left !== undefined && asset === total.asset) {
      due.set(account, left - whole(amount));
    } else if (account === "fees" || account.startsWith("earned:")) {
      return false;
    }
  }
  return [...due.values()].every((left) => left === 0n);
}

/** Half the order of the curve: a signature whose `s` is above it is a second one made of the first. */
const HALF = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Who signed a digest; throws for what is no signature of the one form that counts. */
async function signer(hash: Hex, signature: string): Promise<string> {
  if (!/^0x[0-9a-f]{128}(1b|1c)$/.test(signature) || BigInt(`0x${signature.slice(66, 130)}`) > HALF) {
    throw new RangeError("no signature");
  }
  return await recoverAddress({ hash, signature: hexOf(signature) });
}

function hexOf(text: string): Hex {
  if (!isHex(text)) {
    throw new RangeError("no hexadecimal digits");
  }
  return text;
}

function hashOf(text: string): Hex {
  if (!/^0x[0-9a-f]{64}$/.test(text)) {
    throw new RangeError("no hash");
  }
  return hexOf(text);
}

/** The address of an instance's public key, of 64 bytes. */
function addressOf(publicKey: string): Hex {
  if (!/^0x[0-9a-f]{128}$/.test(publicKey)) {
    throw new RangeError("no public key");
  }
  return last20(keccak256(hexOf(publicKey)));
}

function last20(hash: Hex): Hex {
  return `0x${hash.slice(-40)}`;
}

function bytesOf(id: string): Hex {
  return hexOf(`0x${id.replaceAll("-", "")}`);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function whole(text: string): bigint {
  if (!/^-?\d{1,19}$/.test(text)) {
    throw new RangeError("no whole number");
  }
  return BigInt(text);
}

/** Microseconds since 1970 of a time as `2026-11-21T12:00:00.000001Z`. */
function micros(time: string): bigint {
  const [, second, rest = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(time) ?? [];
  const ms = Date.parse(`${second}Z`);
  if (Number.isNaN(ms)) {
    throw new RangeError("no time");
  }
  return BigInt(ms) * 1000n + BigInt(rest.padEnd(6, "0"));
}
