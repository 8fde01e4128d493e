/** What a listener signs for each second that is paid for: docs/VOUCHER.md. This brings viem along: load it when needed. */
import { concat, type Hex, hashTypedData, keccak256, numberToHex, stringToHex } from "viem";
import { generatePrivateKey, privateKeyToAddress, sign } from "viem/accounts";
import type { Terms } from "./meterframes.ts";

const TYPES = {
  BeatVoucher: [
    { name: "grantId", type: "bytes32" },
    { name: "payee", type: "address" },
    { name: "cumulativeAmount", type: "uint128" },
    { name: "beats", type: "uint64" },
    { name: "contextHash", type: "bytes32" },
  ],
} as const;

export type Place = Pick<
  Terms,
  "sessionId" | "trackId" | "asset" | "pricePerBeat" | "payee" | "verifyingContract"
>;

/** The grant that vouchers of a session are signed under. */
export function grantId(sessionId: string, sessionKey: string): Hex {
  return keccak256(concat([bytesOf(sessionId), hex(sessionKey)]));
}

/** What is paid for. */
export function contextHash({ sessionId, trackId, asset, pricePerBeat }: Place): Hex {
  const code = keccak256(stringToHex(asset));
  return keccak256(
    concat([bytesOf(sessionId), bytesOf(trackId), code, numberToHex(pricePerBeat, { size: 16 })]),
  );
}

/** The digest of the voucher for so much, in the ledger's domain and no other: it is no claim on any vault. */
export function digest(
  place: Place,
  sessionKey: string,
  cumulativeAmount: bigint,
  beats: number | bigint,
): Hex {
  return hashTypedData({
    domain: {
      name: "Resonance Ledger",
      version: "1",
      chainId: 0,
      verifyingContract: hex(place.verifyingContract),
    },
    types: TYPES,
    primaryType: "BeatVoucher",
    message: {
      grantId: grantId(place.sessionId, sessionKey),
      payee: hex(place.payee),
      cumulativeAmount,
      beats: BigInt(beats),
      contextHash: contextHash(place),
    },
  });
}

/** The key of one session. It is made here, and no server sees it. */
export class SessionKey {
  readonly secret: string;
  readonly address: string;

  private constructor(secret: Hex) {
    this.secret = secret;
    this.address = privateKeyToAddress(secret);
  }

  static make(): SessionKey {
    return new SessionKey(generatePrivateKey());
  }

  /** The key that was kept as its `secret`. */
  static of(secret: string): SessionKey {
    return new SessionKey(hex(secret));
  }

  /** Signs for all beats up to this one. Throws if the server named another grant or context than there is. */
  async sign(terms: Terms, cumulativeAmount: bigint, beats: number | bigint): Promise<string> {
    if (
      grantId(terms.sessionId, this.address) !== terms.grantId.toLowerCase() ||
      contextHash(terms) !== terms.contextHash.toLowerCase()
    ) {
      throw new Error("the server names another grant or context");
    }
    const hash = digest(terms, this.address, cumulativeAmount, beats);
    return await sign({ hash, privateKey: hex(this.secret), to: "hex" });
  }
}

function hex(text: string): Hex {
  return `0x${text.slice(2)}`;
}

/** The 16 bytes of an id. */
function bytesOf(id: string): Hex {
  return `0x${id.replaceAll("-", "")}`;
}
