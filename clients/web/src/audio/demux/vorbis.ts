import { type Bytes, joined, Scanner, text } from "../bytes.ts";
import { cluster, webmHead } from "../mux/webm.ts";
import { endings, seekPage } from "./ogg.ts";
import { type Packet, type Sound, UnknownSound } from "./sound.ts";

/** Reads bits from the end of a packet towards its beginning. */
class FromEnd {
  readonly #bytes: Uint8Array;
  #bit: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    let last = bytes.length * 8 - 1;
    // The framing bit is the last one that is set.
    while (last >= 0 && !((bytes[last >> 3] ?? 0) & (1 << (last & 7)))) {
      last -= 1;
    }
    this.#bit = last;
  }

  get left(): number {
    return this.#bit;
  }

  back(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) {
      this.#bit -= 1;
      value = (value << 1) | (((this.#bytes[this.#bit >> 3] ?? 0) >> (this.#bit & 7)) & 1);
    }
    return value;
  }
}

/**
 * Which modes have long blocks. The setup header ends with the modes, and nothing before them says where:
 * so they are read from its end, as far as they look like modes, and counted against the number before them.
 */
export function longBlocks(setup: Uint8Array): boolean[] {
  const bits = new FromEnd(setup);
  const found: boolean[] = [];
  let best: boolean[] = [];
  while (bits.left > 97 && found.length < 64) {
    // From the back: mapping 8, transform 16, window 16, block flag 1.
    const mapping = bits.back(8);
    const transform = bits.back(16);
    const window = bits.back(16);
    if (mapping > 63 || transform !== 0 || window !== 0) {
      break;
    }
    found.unshift(bits.back(1) === 1);
    best = countBefore(setup, bits.left) === found.length ? [...found] : best;
  }
  return best;
}

/** The number of modes that would stand in the six bits before `bit`. */
function countBefore(bytes: Uint8Array, bit: number): number {
  let value = 0;
  for (let index = 0; index < 6; index++) {
    const at = bit - 6 + index;
    value |= (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) << index;
  }
  return value + 1;
}

export async function openVorbis(bytes: Bytes): Promise<Sound> {
  const scanner = new Scanner(bytes);
  const heads: Uint8Array[] = [];
  let serial: number | undefined;
  for await (const { page, packets } of endings(scanner)) {
    serial ??= page.serial;
    if (page.serial === serial) {
      heads.push(...packets);
    }
    if (heads.length >= 3) {
      break;
    }
  }
  const start = scanner.at;
  const [id, comments, setup] = heads;
  if (!id || !comments || !setup || heads.length !== 3 || text(id, 1, 6) !== "vorbis") {
    throw new UnknownSound("no stream of Vorbis");
  }
  const channels = id[11] ?? 2;
  const rate = (id[12] ?? 0) | ((id[13] ?? 0) << 8) | ((id[14] ?? 0) << 16);
  const sizes = [1 << ((id[28] ?? 0) & 15), 1 << ((id[28] ?? 0) >> 4)] as const;
  const modes = longBlocks(setup);
  if (modes.length === 0 || rate === 0) {
    throw new UnknownSound("Vorbis of a rare kind");
  }
  const mask = modes.length > 1 ? (1 << (32 - Math.clz32(modes.length - 1))) - 1 : 0;
  const block = (packet: Uint8Array) => sizes[modes[((packet[0] ?? 0) >> 1) & mask] ? 1 : 0];

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    const place = from < rate ? start : await seekPage(bytes, start, from, rate);
    let before: number | undefined;
    let at: number | undefined;
    let end = 0;
    for await (const { page, packets: all } of endings(new Scanner(bytes, place), serial)) {
      const made = all.map((packet) => {
        const size = block(packet);
        const samples = before === undefined ? 0 : (before + size) / 4;
        before = size;
        return { bytes: packet, samples };
      });
      const total = made.reduce((sum, packet) => sum + packet.samples, 0);
      at ??= place === start ? 0 : page.granule < 0 ? undefined : page.granule - total;
      if (at === undefined) {
        continue;
      }
      for (const { bytes: sound, samples } of made) {
        yield { bytes: sound, at, samples };
        at += samples;
      }
      end = page.last && page.granule >= 0 ? Math.min(page.granule, at) : at;
    }
    return end;
  }

  // The first packets of a page by itself give nothing; what a file that was cut leaves out is heard as it is.
  const laced = joined([Uint8Array.of(2, ...lace(id.length), ...lace(comments.length)), id, comments, setup]);
  return {
    codec: "vorbis",
    mime: 'audio/webm; codecs="vorbis"',
    rate,
    delay: 0,
    length: undefined,
    init: webmHead(laced, channels, rate),
    wrap: (parts) => cluster(parts, rate),
    packets,
  };
}

function lace(length: number): number[] {
  return [...Array.from({ length: Math.floor(length / 255) }, () => 255), length % 255];
}
