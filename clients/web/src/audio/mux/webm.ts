import { joined } from "../bytes.ts";
import type { Packet } from "../demux/sound.ts";
import { ascii } from "./mp4.ts";

/** An element of EBML (RFC 8794) around what it holds. */
function element(id: number, ...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const inner = joined(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
  const name = bigEndian(id);
  const size = inner.length;
  const length = [0x08, 0, 0, 0, (size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255];
  length[0] = 1;
  return joined([Uint8Array.from([...name, ...length]), inner]);
}

function bigEndian(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/** Times are counted in microseconds. */
const TICK_NS = 1000;
const micros = (samples: number, rate: number) => Math.round((samples / rate) * 1e6);

/** What comes before the clusters: one track of Vorbis. */
export function webmHead(config: Uint8Array, channels: number, rate: number): Uint8Array {
  const ebml = element(
    0x1a45dfa3,
    element(0x4286, [1]),
    element(0x42f7, [1]),
    element(0x42f2, [4]),
    element(0x42f3, [8]),
    element(0x4282, ascii("webm")),
    element(0x4287, [4]),
    element(0x4285, [2]),
  );
  const info = element(
    0x1549a966,
    element(0x2ad7b1, bigEndian(TICK_NS)),
    element(0x4d80, ascii("r")),
    element(0x5741, ascii("r")),
  );
  const audio = element(0xe1, element(0xb5, float(rate)), element(0x9f, [channels]));
  const track = element(
    0xae,
    element(0xd7, [1]),
    element(0x73c5, [1]),
    element(0x83, [2]),
    element(0x86, ascii("A_VORBIS")),
    element(0x63a2, config),
    audio,
  );
  const unknown = Uint8Array.of(0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255);
  return joined([ebml, unknown, info, element(0x1654ae6b, track)]);
}

/** Packets that follow each other; each stands in a cluster of its own, since those count in 16 bits. */
export function cluster(packets: readonly Packet[], rate: number): Uint8Array {
  return joined(
    packets.map((packet) => {
      const at = micros(packet.at, rate);
      const length = micros(packet.at + packet.samples, rate) - at;
      const block = element(0xa1, [0x81, 0, 0, 0], packet.bytes);
      return element(
        0x1f43b675,
        element(0xe7, bigEndian(at)),
        element(0xa0, block, element(0x9b, bigEndian(length))),
      );
    }),
  );
}
