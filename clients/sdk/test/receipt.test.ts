import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { divide, shareOfAll } from "../src/division.ts";
import { batchHash, canonical, type Entry, integer, isSound, leaf, rootBy } from "../src/ledger.ts";
import { type Check, checkReceipt, type Receipt, receiptHash } from "../src/receipt.ts";

interface EntryVector {
  key: string;
  at: string;
  kind: string;
  lines: { account: string; asset: string; amount: string }[];
  cbor: string;
  hash: string;
  path: string[];
}
interface Vectors {
  integers: { value: string; cbor: string }[];
  divisions: { shares: number[]; feeBp: number; charged: string; fee: string; settled: string[] }[];
  batches: { seq: number; prev: string; root: string; size: number; hash: string; entries: EntryVector[] }[];
}

const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const vectors: Vectors = read("../../../docs/vectors/ledger.json");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const entryOf = ({ key, at, kind, lines }: EntryVector): Entry => ({
  key,
  at: BigInt(at),
  kind,
  lines: lines.map((line) => ({ ...line, amount: BigInt(line.amount) })),
});

describe("the ledger's form", () => {
  it("writes numbers as short as they can be", () => {
    for (const { value, cbor } of vectors.integers) {
      expect(hex(integer(BigInt(value)))).toBe(cbor);
    }
    expect(() => integer(1n << 64n)).toThrow(RangeError);
  });

  it("writes, hashes and proves every entry of the examples", () => {
    for (const { seq, prev, root, size, hash, entries } of vectors.batches) {
      for (const [index, vector] of entries.entries()) {
        const entry = entryOf(vector);
        const path = vector.path.map((each): `0x${string}` => `0x${each}`);
        expect(hex(canonical(entry))).toBe(vector.cbor);
        expect(leaf(entry)).toBe(`0x${vector.hash}`);
        expect(rootBy(entry, { index, size, path })).toBe(`0x${root}`);
        // In another place, with a step too many or too few, it proves nothing.
        expect(rootBy(entry, { index: (index + 1) % size, size, path })).not.toBe(`0x${root}`);
        expect(rootBy(entry, { index, size, path: [...path, `0x${root}`] })).not.toBe(`0x${root}`);
        expect(rootBy(entry, { index, size, path: path.slice(1) })).not.toBe(`0x${root}`);
        expect(rootBy(entry, { index: size, size, path })).toBeUndefined();
      }
      expect(batchHash({ seq: BigInt(seq), prev: `0x${prev}`, root: `0x${root}`, size: BigInt(size) })).toBe(
        `0x${hash}`,
      );
    }
  });

  it("knows what an entry of a session may not do", () => {
    const captures = vectors.batches
      .flatMap(({ entries }) => entries)
      .filter(({ kind }) => kind === "capture");
    expect(captures.length).toBeGreaterThan(0);
    for (const vector of captures) {
      const entry = entryOf(vector);
      expect(isSound(entry)).toBe(true);
      expect(isSound({ ...entry, lines: [...entry.lines].reverse() })).toBe(false);
      expect(isSound({ ...entry, lines: entry.lines.slice(1) })).toBe(false);
      expect(
        isSound({ ...entry, lines: entry.lines.map((line) => ({ ...line, amount: -line.amount })) }),
      ).toBe(false);
      expect(isSound({ ...entry, kind: "top_up" })).toBe(false);
      expect(isSound({ ...entry, key: "with a blank" })).toBe(false);
    }
  });
});

describe("dividing a sum", () => {
  it("gives what the examples say, to the last unit", () => {
    for (const { shares, feeBp, charged, fee, settled } of vectors.divisions) {
      const parts = divide(BigInt(charged), feeBp, shares);
      expect(parts?.fee).toBe(BigInt(fee));
      expect(parts?.shares.map(String)).toEqual(settled);
    }
  });

  it("refuses shares that are not a whole", () => {
    expect(divide(10n, 0, [5000, 4999])).toBeUndefined();
    expect(divide(10n, 0, [])).toBeUndefined();
    expect(divide(10n, 0, [10_000, 0])).toBeUndefined();
    expect(divide(10n, 10_001, [10_000])).toBeUndefined();
  });

  it("says what a share is of the whole, once the fee is taken", () => {
    expect(shareOfAll(0, 6_000)).toBe(6_000);
    expect(shareOfAll(500, 6_000)).toBe(5_700);
    expect(shareOfAll(333, 3_333)).toBe(3_222);
    expect(shareOfAll(10_000, 10_000)).toBe(0);
  });
});

describe("a receipt that a server gave", () => {
  const receipt: Receipt = read("./receipt.json");
  const broken = async (change: (copy: Receipt) => void): Promise<Check[]> => {
    const copy = structuredClone(receipt);
    change(copy);
    const findings = await checkReceipt(copy);
    return findings.filter(({ holds }) => !holds).map(({ check }) => check);
  };
  const entry = (copy: Receipt) => copy.entries[0] ?? expect.fail("no entry");
  const share = (copy: Receipt) => copy.shares[0] ?? expect.fail("no share");
  const voucher = (copy: Receipt) => copy.voucher ?? expect.fail("no voucher");

  it("proves what it says", async () => {
    expect(await broken(() => {})).toEqual([]);
    expect(receiptHash(receipt)).toBe(receipt.hash);
  });

  it("proves nothing once anything in it is changed", async () => {
    const more = (amount: { amount: string }) => {
      amount.amount = String(BigInt(amount.amount) + 1n);
    };
    const changes: [(copy: Receipt) => void, Check[]][] = [
      [(r) => Object.assign(r, { version: 2 }), ["version", "issuer"]],
      [(r) => Object.assign(r, { trackTitle: "Another" }), ["issuer"]],
      [(r) => Object.assign(r, { added: 1 }), ["issuer"]],
      [(r) => Object.assign(r, { hash: r.hash?.replace(/.$/, "z") }), ["issuer"]],
      [(r) => Object.assign(r, { issuer: r.signature }), ["issuer", "terms", "voucher"]],
      [(r) => more(r.total), ["issuer", "total", "shares", "voucher"]],
      [(r) => Object.assign(r, { seconds: r.beats - 1 }), ["issuer", "total"]],
      [(r) => Object.assign(r.fee, { asset: "USDC" }), ["issuer", "total"]],
      [(r) => more(r.fee), ["issuer", "shares", "posted"]],
      [(r) => more(share(r).amount), ["issuer", "shares", "posted"]],
      [(r) => Object.assign(share(r), { basisPoints: 9_999 }), ["issuer", "shares"]],
      [(r) => Object.assign(r, { trackId: r.artistId }), ["issuer", "terms", "voucher"]],
      [(r) => Object.assign(r, { splitId: r.artistId }), ["issuer", "terms", "voucher"]],
      [(r) => Object.assign(r, { sessionKey: r.payee }), ["issuer", "terms", "voucher"]],
      [(r) => Object.assign(r, { voucher: null }), ["issuer", "voucher"]],
      [(r) => Object.assign(voucher(r), { beats: 1 }), ["issuer", "voucher"]],
      [(r) => Object.assign(voucher(r), { signature: flipped(voucher(r).signature) }), ["issuer", "voucher"]],
      [(r) => Object.assign(entry(r), { index: entry(r).batchSize }), ["issuer", "ledger"]],
      [(r) => Object.assign(entry(r), { at: "2026-01-01T00:00:00Z" }), ["issuer", "ledger"]],
      [(r) => Object.assign(entry(r), { batchRoot: r.hash }), ["issuer", "ledger"]],
      [(r) => Object.assign(entry(r), { key: `capture:${r.trackId}:1` }), ["issuer", "ledger"]],
      [(r) => r.entries.pop(), ["issuer", "posted"]],
      [(r) => r.entries.push(entry(r)), ["issuer", "ledger", "posted"]],
    ];
    for (const [change, wrong] of changes) {
      expect(await broken(change), change.toString()).toEqual(wrong);
    }
  });

  /** The same signature in its other form, which recovers the same key and does not count. */
  function flipped(signature: string): string {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, "0");
    return signature.slice(0, 66) + s + (signature.endsWith("1b") ? "1c" : "1b");
  }
});
