/** Entries of the ledger as docs/LEDGER-FORMAT.md writes and hashes them. This brings viem along: load it when needed. */
import { concat, type Hex, sha256, toHex } from "viem";

/** A movement on an account, in minor units. */
export interface Line {
  account: string;
  asset: string;
  amount: bigint;
}

/** A fact in the ledger. */
export interface Entry {
  key: string;
  /** Microseconds since 1970. */
  at: bigint;
  kind: string;
  lines: readonly Line[];
}

/** What shows that an entry is in a batch: RFC 6962, section 2.1.1. */
export interface Proof {
  index: number;
  /** How many entries the batch has. */
  size: number;
  /** The hashes beside the path, lowest first. */
  path: readonly Hex[];
}

const utf8 = new TextEncoder();

/** The beginning of a CBOR value: its kind, and its length or its number, as short as can be (RFC 8949, 4.2). */
function head(major: number, value: bigint): Uint8Array {
  const kind = major << 5;
  if (value < 24n) {
    return Uint8Array.of(kind | Number(value));
  }
  const bits = [8n, 16n, 32n, 64n].findIndex((each) => value < 1n << each);
  if (bits < 0) {
    throw new RangeError("more than 64 bits");
  }
  const bytes = Array.from({ length: 1 << bits }, (_, at) =>
    Number((value >> (8n * BigInt((1 << bits) - 1 - at))) & 0xffn),
  );
  return Uint8Array.of(kind | (24 + bits), ...bytes);
}

/** A whole number in CBOR. */
export function integer(value: bigint): Uint8Array {
  return value < 0n ? head(1, -1n - value) : head(0, value);
}

function text(value: string): Uint8Array {
  const bytes = utf8.encode(value);
  return concat([head(3, BigInt(bytes.length)), bytes]);
}

function list(items: readonly Uint8Array[]): Uint8Array {
  return concat([head(4, BigInt(items.length)), ...items]);
}

/** The canonical form of an entry, version 1. */
export function canonical({ key, at, kind, lines }: Entry): Uint8Array {
  const moved = lines.map(({ account, asset, amount }) =>
    list([text(account), text(asset), integer(amount)]),
  );
  return list([integer(1n), text(key), integer(at), text(kind), list(moved)]);
}

/** The hash of an entry: a leaf of its batch's tree. */
export function leaf(entry: Entry): Hex {
  return sha256(concat([Uint8Array.of(0), canonical(entry)]));
}

function node(left: Hex, right: Hex): Hex {
  return sha256(concat(["0x01", left, right]));
}

/** The root of the tree in which `entry` stands as the proof says; undefined for what is no proof. */
export function rootBy(entry: Entry, { index, size, path }: Proof): Hex | undefined {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size)) || index < 0 || index >= size) {
    return undefined;
  }
  let [place, last] = [index, size - 1];
  let root = leaf(entry);
  for (const beside of path) {
    if (last === 0) {
      return undefined;
    }
    if (place % 2 === 1 || place === last) {
      root = node(beside, root);
      // An only child stands for its parent until it has a sibling.
      while (place % 2 === 0 && place !== 0) {
        [place, last] = [place / 2, Math.floor(last / 2)];
      }
    } else {
      root = node(root, beside);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? root : undefined;
}

/** The hash of a batch, which stands for all that was posted up to it. */
export function batchHash(batch: { seq: bigint; prev: Hex; root: Hex; size: bigint }): Hex {
  const bytes = (hash: Hex) => concat([toHex(head(2, 32n)), hash]);
  const parts = [integer(batch.seq), integer(batch.size)].map((each) => toHex(each));
  const [seq = "0x", size = "0x"] = parts;
  return sha256(concat(["0x02", toHex(head(4, 4n)), seq, bytes(batch.prev), bytes(batch.root), size]));
}

/** What each kind of entry that a session leaves may take from and give to. */
const MOVES: Readonly<Record<string, readonly [from: readonly string[], to: readonly string[]]>> = {
  capture: [
    ["held", "rounding"],
    ["earned", "fees", "rounding"],
  ],
  settlement: [["rounding"], ["earned"]],
};
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an entry of a session is one: nothing comes from nowhere, and it moves money only where its kind may. */
export function isSound({ key, kind, lines }: Entry): boolean {
  const moves = MOVES[kind];
  if (!moves || !/^[!-~]{1,160}$/.test(key)) {
    return false;
  }
  const sums = new Map<string, bigint>();
  let before = "";
  for (const { account, asset, amount } of lines) {
    // No letter of an account or a code is above ASCII, nor below what joins them here.
    const place = `${account} ${asset}`;
    const [whose = "", id] = account.split(":");
    const isPlace = whose === "fees" ? id === undefined : ID.test(id ?? "");
    if (!isPlace || place <= before || amount === 0n || !moves[amount < 0n ? 0 : 1].includes(whose)) {
      return false;
    }
    before = place;
    sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  }
  return lines.length > 0 && [...sums.values()].every((sum) => sum === 0n);
}
