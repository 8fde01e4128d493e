import { type Bytes, Scanner, text, view } from "../bytes.ts";
import { box, fragment, initSegment, sampleEntry } from "../mux/mp4.ts";
import { verbatim } from "../mux/verbatim.ts";
import { FLAC_MIME } from "./flac.ts";
import { type Packet, type Sound, UnknownSound } from "./sound.ts";

/** Samples in a packet that we make. */
const BLOCK = 4096;

/** Reads one sample as a whole number of `bits` bits. */
type Read = (data: DataView, at: number) => number;

function reader(kind: number, bits: number): { read: Read; bits: number } | undefined {
  if (kind === 1 && bits === 8) {
    return { bits: 8, read: (data, at) => data.getUint8(at) - 128 };
  }
  if (kind === 1 && bits === 16) {
    return { bits: 16, read: (data, at) => data.getInt16(at, true) };
  }
  if (kind === 1 && bits === 24) {
    return { bits: 24, read: (data, at) => (data.getInt16(at + 1, true) << 8) | data.getUint8(at) };
  }
  if (kind === 1 && bits === 32) {
    return { bits: 24, read: (data, at) => data.getInt32(at, true) >> 8 };
  }
  if (kind === 3 && bits === 32) {
    const most = 2 ** 23 - 1;
    return {
      bits: 24,
      read: (data, at) => Math.max(-most, Math.min(most, Math.round(data.getFloat32(at, true) * most))),
    };
  }
  return undefined;
}

/** Browsers take no bare samples in pieces; as FLAC that is not compressed they do. */
export async function openWav(bytes: Bytes): Promise<Sound> {
  const scanner = new Scanner(bytes);
  scanner.skip(12);
  let format: Uint8Array | undefined;
  let size = 0;
  while (await scanner.fill(8)) {
    const name = text(scanner.view, 0, 4);
    size = view(scanner.view).getUint32(4, true);
    scanner.skip(8);
    if (name === "data") {
      break;
    }
    if (name === "fmt ") {
      format = await scanner.take(size);
    } else {
      scanner.skip(size);
    }
    scanner.skip(size & 1);
  }
  if (!format || format.length < 16) {
    throw new UnknownSound("no wave file");
  }
  const data = view(format);
  const kind = data.getUint16(0, true);
  const channels = data.getUint16(2, true);
  const rate = data.getUint32(4, true);
  const stride = data.getUint16(12, true);
  const found = reader(
    kind === 0xfffe && format.length >= 26 ? data.getUint16(24, true) : kind,
    data.getUint16(14, true),
  );
  if (!found || channels < 1 || channels > 8 || stride === 0 || rate >= 65_536 * 16) {
    throw new UnknownSound("a wave file of a rare kind");
  }
  const { read, bits } = found;
  const start = scanner.at;
  const left = (bytes.size ?? start + size) - start;
  const total = Math.floor((size === 0 || size === 0xffffffff ? left : Math.min(size, left)) / stride);

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    let at = Math.floor(Math.max(0, from) / BLOCK) * BLOCK;
    const walk = new Scanner(bytes, start + at * stride);
    while (at < total) {
      const samples = Math.min(BLOCK, total - at);
      const raw = await walk.take(samples * stride);
      const whole = Math.floor(raw.length / stride);
      if (whole === 0) {
        break;
      }
      const from = view(raw);
      const step = stride / channels;
      const sample = (channel: number, index: number) => read(from, index * stride + channel * step);
      yield { bytes: verbatim(at / BLOCK, whole, channels, bits, sample), at, samples: whole };
      at += whole;
    }
    return at;
  }

  const info = streamInfo(rate, channels, bits, total);
  const config = box("dfLa", [0, 0, 0, 0, 0x80, 0, 0, info.length], info);
  return {
    codec: "flac",
    mime: FLAC_MIME,
    rate,
    delay: 0,
    length: total,
    init: initSegment(sampleEntry("fLaC", channels, rate, config, bits), rate),
    wrap: fragment,
    packets,
  };
}

function streamInfo(rate: number, channels: number, bits: number, total: number): Uint8Array {
  const info = new Uint8Array(34);
  const data = view(info);
  data.setUint16(0, BLOCK);
  data.setUint16(2, BLOCK);
  data.setUint32(10, ((rate << 12) | ((channels - 1) << 9) | ((bits - 1) << 4)) >>> 0);
  data.setUint32(14, total >>> 0);
  return info;
}
