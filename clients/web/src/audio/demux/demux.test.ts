import { describe, expect, it } from "vitest";
import type { Bytes } from "../bytes.ts";
import { verbatim } from "../mux/verbatim.ts";
import { flacFrame } from "./flac.ts";
import { frame, openMp3 } from "./mp3.ts";
import { openSound } from "./open.ts";
import { opusSamples } from "./opus.ts";
import type { Packet, Sound } from "./sound.ts";

/** A file in memory that comes in pieces of `piece` bytes. */
function file(all: Uint8Array, piece: number): Bytes {
  return { size: all.length, read: async (at) => all.subarray(at, Math.min(all.length, at + piece)) };
}

async function all(sound: Sound, from: number): Promise<{ packets: Packet[]; end: number }> {
  const packets: Packet[] = [];
  const walk = sound.packets(from);
  for (;;) {
    const { done, value } = await walk.next();
    if (done) {
      return { packets, end: value };
    }
    packets.push(value);
  }
}

/** Silent frames of 128 kbit/s at 44.1 kHz, the first with a header that tells of `delay` and `padding`. */
function mp3(frames: number, delay: number, padding: number): Uint8Array {
  const length = 417;
  const bytes = new Uint8Array(length * (frames + 1));
  for (let index = 0; index <= frames; index++) {
    bytes.set([0xff, 0xfb, 0x90, 0x00], index * length);
  }
  const tag = 36;
  bytes.set(new TextEncoder().encode("Info"), tag);
  const data = new DataView(bytes.buffer);
  data.setUint32(tag + 4, 1);
  data.setUint32(tag + 8, frames);
  bytes.set(new TextEncoder().encode("LAME3.100"), tag + 12);
  data.setUint32(tag + 12 + 20, ((delay << 12) | padding) & 0xffffff);
  return bytes;
}

function wav(samples: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples * 4);
  const data = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("RIFF    WAVEfmt "));
  data.setUint32(16, 16, true);
  data.setUint16(20, 1, true);
  data.setUint16(22, 2, true);
  data.setUint32(24, 44_100, true);
  data.setUint32(28, 176_400, true);
  data.setUint16(32, 4, true);
  data.setUint16(34, 16, true);
  bytes.set(new TextEncoder().encode("data"), 36);
  data.setUint32(40, samples * 4, true);
  return bytes;
}

describe("an MP3", () => {
  it("is without what its encoder and the decoder put around it", async () => {
    const sound = await openMp3(file(mp3(40, 576, 1000), 100), undefined);
    // The silent frame of the header, the encoder's delay and the decoder's.
    expect(sound.delay).toBe(1152 + 576 + 529);
    const { packets, end } = await all(sound, 0);
    expect(packets).toHaveLength(41);
    expect(end - sound.delay).toBe(40 * 1152 - 576 - 1000);
    expect(sound.length).toBe(end - sound.delay);
  });

  it("is entered in the middle, a frame early", async () => {
    const sound = await openMp3(file(mp3(40, 576, 1000), 5000), undefined);
    const { packets, end } = await all(sound, 20 * 1152 + 7);
    expect(packets[0]?.at).toBe(19 * 1152);
    expect(end - sound.delay).toBe(sound.length);
  });

  it("is found behind tags, and by nothing that only looks like a frame", async () => {
    const tag = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 20, ...new Array(20).fill(0xff)]);
    const noise = Uint8Array.from([0xff, 0xfb, 0x90, 0, 1, 2, 3]);
    const sound = await openSound(file(Uint8Array.from([...tag, ...noise, ...mp3(9, 576, 700)]), 64));
    expect((await all(sound, 0)).packets).toHaveLength(10);
  });

  it("has no header where its bits make none", () => {
    expect(frame(Uint8Array.of(0xff, 0xfb, 0xf0, 0))).toBeUndefined();
    expect(frame(Uint8Array.of(0xff, 0xe9, 0x90, 0))).toBeUndefined();
  });
});

/** Two frames of silence, each shorter than a header can be. */
function silentFlac(): Uint8Array {
  const info = new Uint8Array(34);
  const data = new DataView(info.buffer);
  data.setUint16(0, 4096);
  data.setUint16(2, 4096);
  // 44.1 kHz, two channels, 16 bits.
  data.setUint32(10, (44_100 << 12) | (1 << 9) | (15 << 4));
  data.setUint32(14, 8192);
  const frame = (head: number[]) => [...head, 0, 0, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([
    ...new TextEncoder().encode("fLaC"),
    ...[0x80, 0, 0, info.length],
    ...info,
    ...frame([0xff, 0xf8, 0xc9, 0x18, 0x00, 0xc2]),
    ...frame([0xff, 0xf8, 0xc9, 0x18, 0x01, 0xc5]),
  ]);
}

describe("a FLAC", () => {
  it("may begin with silence, which takes next to no room", async () => {
    const sound = await openSound(file(silentFlac(), 1000));
    const { packets, end } = await all(sound, 0);
    expect(packets.map(({ at, bytes }) => [at, bytes.length])).toEqual([
      [0, 14],
      [4096, 14],
    ]);
    expect(end).toBe(8192);
  });
});

describe("a wave file", () => {
  it("becomes frames of FLAC that say which sample they begin with", async () => {
    const sound = await openSound(file(wav(10_000), 3000));
    const { packets, end } = await all(sound, 0);
    expect(end).toBe(10_000);
    expect(packets.map(({ at, samples }) => [at, samples])).toEqual([
      [0, 4096],
      [4096, 4096],
      [8192, 1808],
    ]);
    for (const { bytes, at, samples } of packets) {
      expect(flacFrame(bytes, 0, 4096)).toEqual({ at, samples });
    }
  });

  it("counts its frames beyond what one byte holds", () => {
    for (const number of [0, 127, 128, 2047, 2048, 65_536, 3_000_000]) {
      const bytes = verbatim(number, 16, 1, 16, () => 0);
      expect(flacFrame(bytes, 0, 4096)).toEqual({ at: number * 4096, samples: 16 });
    }
  });
});

describe("a packet of Opus", () => {
  it("tells its length", () => {
    expect(opusSamples(Uint8Array.of(0xfc))).toBe(960);
    expect(opusSamples(Uint8Array.of(0xfd))).toBe(1920);
    expect(opusSamples(Uint8Array.of(0xff, 3))).toBe(2880);
    expect(opusSamples(Uint8Array.of(0x08))).toBe(960);
  });
});
