import { joined } from "../bytes.ts";
import type { Packet } from "../demux/sound.ts";

/** A box of ISO/IEC 14496-12 around what it holds. */
export function box(type: string, ...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const inner = joined(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, inner.length + 8);
  head.set(ascii(type), 4);
  return joined([head, inner]);
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export function u16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function u32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

const MATRIX = [1, 0, 0, 0, 1, 0, 0, 0, 1].flatMap((each, index) =>
  u32(each * (index === 8 ? 0x40000000 : 0x10000)),
);

/** The description of one kind of sound, as it stands in `stsd`. */
export function sampleEntry(
  type: string,
  channels: number,
  rate: number,
  config: Uint8Array,
  bits = 16,
): Uint8Array {
  const shown = rate < 65_536 ? rate : 0;
  return box(
    type,
    [0, 0, 0, 0, 0, 0],
    u16(1),
    u32(0),
    u32(0),
    u16(channels),
    u16(bits),
    u32(0),
    u16(shown),
    u16(0),
    config,
  );
}

/** What comes before the fragments: one track of sound. */
export function initSegment(entry: Uint8Array, rate: number): Uint8Array {
  const full = [0, 0, 0, 0];
  const stbl = box(
    "stbl",
    box("stsd", full, u32(1), entry),
    box("stts", full, u32(0)),
    box("stsc", full, u32(0)),
    box("stsz", full, u32(0), u32(0)),
    box("stco", full, u32(0)),
  );
  const minf = box(
    "minf",
    box("smhd", full, u32(0)),
    box("dinf", box("dref", full, u32(1), box("url ", [0, 0, 0, 1]))),
    stbl,
  );
  const mdia = box(
    "mdia",
    box("mdhd", full, u32(0), u32(0), u32(rate), u32(0), u16(0x55c4), u16(0)),
    box("hdlr", full, u32(0), ascii("soun"), u32(0), u32(0), u32(0), [0]),
    minf,
  );
  const tkhd = box(
    "tkhd",
    [0, 0, 0, 7],
    u32(0),
    u32(0),
    u32(1),
    u32(0),
    u32(0),
    u32(0),
    u32(0),
    u16(0),
    u16(0),
    u16(0x100),
    u16(0),
    MATRIX,
    u32(0),
    u32(0),
  );
  const mvhd = box(
    "mvhd",
    full,
    u32(0),
    u32(0),
    u32(rate),
    u32(0),
    u32(0x10000),
    u16(0x100),
    u16(0),
    u32(0),
    u32(0),
    MATRIX,
    ...Array.from({ length: 6 }, () => u32(0)),
    u32(2),
  );
  const mvex = box("mvex", box("trex", full, u32(1), u32(1), u32(0), u32(0), u32(0)));
  return joined([
    box("ftyp", ascii("iso5"), u32(1), ascii("iso5"), ascii("mp41")),
    box("moov", mvhd, box("trak", tkhd, mdia), mvex),
  ]);
}

/** Packets that follow each other, as one fragment. */
export function fragment(packets: readonly Packet[]): Uint8Array {
  const at = packets[0]?.at ?? 0;
  const time = [...u32(Math.floor(at / 2 ** 32)), ...u32(at % 2 ** 32)];
  const rows = packets.flatMap((packet) => [...u32(packet.samples), ...u32(packet.bytes.length)]);
  const made = (offset: number) =>
    box(
      "moof",
      box("mfhd", u32(0), u32(1)),
      box(
        "traf",
        box("tfhd", [0, 2, 0, 0], u32(1)),
        box("tfdt", [1, 0, 0, 0], time),
        box("trun", [0, 0, 3, 1], u32(packets.length), u32(offset), rows),
      ),
    );
  const size = made(0).length;
  return joined([made(size + 8), box("mdat", ...packets.map((packet) => packet.bytes))]);
}
