import { readFileSync } from "node:fs";
import { recoverAddress } from "viem";
import { describe, expect, it } from "vitest";
import type { Terms } from "../src/meterframes.ts";
import { contextHash, digest, grantId, SessionKey } from "../src/voucher.ts";

interface Vector {
  sessionId: string;
  trackId: string;
  asset: string;
  pricePerBeat: string;
  privateKey: string;
  sessionKey: string;
  domain: { verifyingContract: string; name: string };
  grantId: `0x${string}`;
  payee: string;
  cumulativeAmount: string;
  beats: string;
  contextHash: `0x${string}`;
  digest: `0x${string}`;
  signature: `0x${string}`;
}

const { vouchers }: { vouchers: Vector[] } = JSON.parse(
  readFileSync(new URL("../../../docs/vectors/voucher.json", import.meta.url), "utf8"),
);
const ours = vouchers.filter(({ domain }) => domain.name === "Resonance Ledger");

function termsOf(vector: Vector): Terms {
  const { sessionId, trackId, asset, payee, grantId, contextHash } = vector;
  return {
    sessionId,
    trackId,
    payee,
    asset,
    pricePerBeat: BigInt(vector.pricePerBeat),
    base: 0n,
    baseBeats: 0,
    cap: undefined,
    verifyingContract: vector.domain.verifyingContract,
    grantId,
    contextHash,
  };
}

describe("vouchers", () => {
  it("has vectors to go by", () => {
    expect(ours.length).toBeGreaterThanOrEqual(2);
  });

  it.each(ours)("are those of the shared vectors: $cumulativeAmount for $beats", async (vector) => {
    const terms = termsOf(vector);
    const [amount, beats] = [BigInt(vector.cumulativeAmount), BigInt(vector.beats)];
    expect(grantId(vector.sessionId, vector.sessionKey)).toBe(vector.grantId);
    expect(contextHash(terms)).toBe(vector.contextHash);
    expect(digest(terms, vector.sessionKey, amount, beats)).toBe(vector.digest);
    const key = SessionKey.of(vector.privateKey);
    expect(key.address).toBe(vector.sessionKey);
    expect(await key.sign(terms, amount, beats)).toBe(vector.signature);
  });

  it("are another key's for every session", async () => {
    const [one, two] = [SessionKey.make(), SessionKey.make()];
    expect(one.address).not.toBe(two.address);
    const [vector] = ours;
    if (!vector) {
      throw new Error("no vector");
    }
    const terms = { ...termsOf(vector), grantId: grantId(vector.sessionId, one.address) };
    const signature = await one.sign(terms, 7n, 3);
    const hash = digest(terms, one.address, 7n, 3);
    expect(await recoverAddress({ hash, signature: signature as `0x${string}` })).toBe(one.address);
  });

  it("are not signed under a grant or for a context that the server made up", async () => {
    const [vector] = ours;
    if (!vector) {
      throw new Error("no vector");
    }
    const key = SessionKey.of(vector.privateKey);
    const terms = termsOf(vector);
    const other = `0x${"11".repeat(32)}`;
    await expect(key.sign({ ...terms, grantId: other }, 1n, 1)).rejects.toThrow("grant");
    await expect(key.sign({ ...terms, contextHash: other }, 1n, 1)).rejects.toThrow("context");
    await expect(key.sign({ ...terms, pricePerBeat: 1n }, 1n, 1)).rejects.toThrow("context");
  });
});
