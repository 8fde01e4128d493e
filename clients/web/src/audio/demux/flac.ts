import { type Bytes, Scanner, text, view } from "../bytes.ts";
import { box, fragment, initSegment, sampleEntry } from "../mux/mp4.ts";
import { type Packet, type Sound, UnknownSound } from "./sound.ts";

export const FLAC_MIME = 'audio/mp4; codecs="flac"';

const SIZES = [0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];

interface Frame {
  /** The first sample. */
  readonly at: number;
  readonly samples: number;
}

const CRC8 = Uint8Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 0x80 ? ((value << 1) ^ 0x07) & 255 : value << 1;
  }
  return value;
});

export function crc8(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => CRC8[sum ^ byte] ?? 0, 0);
}

/** The header of a frame; undefined where there is none. `block` is the block size of a file that has only one. */
export function flacFrame(bytes: Uint8Array, from: number, block: number): Frame | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes.subarray(from, from + 5);
  if (a !== 0xff || (b & 0xfe) !== 0xf8 || d & 1 || c >> 4 === 0 || (c & 15) === 15) {
    return undefined;
  }
  let place = from + 5;
  let number = e;
  if (e >= 0xc0) {
    const more = Math.clz32(~(e << 24)) - 1;
    number = e & (0x3f >> more);
    for (let index = 0; index < more; index++) {
      number = number * 64 + ((bytes[place++] ?? 0) & 0x3f);
    }
  }
  const code = c >> 4;
  let samples = SIZES[code] ?? 0;
  if (code === 6) {
    samples = (bytes[place++] ?? 0) + 1;
  } else if (code === 7) {
    samples = (((bytes[place] ?? 0) << 8) | (bytes[place + 1] ?? 0)) + 1;
    place += 2;
  }
  const rate = c & 15;
  place += rate === 12 ? 1 : rate >= 13 ? 2 : 0;
  if (place >= bytes.length || crc8(bytes.subarray(from, place)) !== bytes[place]) {
    return undefined;
  }
  return { at: b & 1 ? number : number * block, samples };
}

/** The longest header, and a byte more. */
const HEADER = 17;

/** The shortest frame: a header of six bytes, a channel of silence and two bytes of checksum. */
const SHORTEST = 9;

export async function openFlac(bytes: Bytes): Promise<Sound> {
  const scanner = new Scanner(bytes);
  await scanner.fill(10);
  if (text(scanner.view, 0, 3) === "ID3") {
    const [a = 0, b = 0, c = 0, d = 0] = scanner.view.subarray(6, 10);
    scanner.skip(10 + ((a << 21) | (b << 14) | (c << 7) | d));
    await scanner.fill(4);
  }
  scanner.skip(4);
  let info: Uint8Array | undefined;
  let points: { at: number; offset: number }[] = [];
  for (let last = false; !last; ) {
    if (!(await scanner.fill(4))) {
      throw new UnknownSound("no stream of FLAC");
    }
    const head = scanner.view[0] ?? 0;
    const length = view(scanner.view).getUint32(0) & 0xffffff;
    last = head >= 128;
    scanner.skip(4);
    const kind = head & 127;
    if (kind === 0) {
      info = await scanner.take(length);
    } else if (kind === 3) {
      points = seekPoints(await scanner.take(length));
    } else {
      scanner.skip(length);
    }
  }
  if (!info || info.length < 34) {
    throw new UnknownSound("no stream of FLAC");
  }
  const start = scanner.at;
  const data = view(info);
  const packed = data.getUint32(10);
  const rate = packed >>> 12;
  const channels = ((packed >>> 9) & 7) + 1;
  const bits = ((packed >>> 4) & 31) + 1;
  const total = (packed & 15) * 2 ** 32 + data.getUint32(14);
  const block = data.getUint16(0);
  const config = box("dfLa", [0, 0, 0, 0, 0x80, 0, 0, info.length], info);

  /** Goes to the next frame; false at the end. */
  async function sync(walk: Scanner): Promise<Frame | undefined> {
    while (await walk.fill(HEADER)) {
      const place = walk.view.indexOf(0xff);
      walk.skip(place < 0 ? walk.view.length : place);
      if (!(await walk.fill(HEADER))) {
        return undefined;
      }
      const found = flacFrame(walk.view, 0, block);
      if (found && (total === 0 || found.at < total)) {
        return found;
      }
      walk.skip(1);
    }
    return undefined;
  }

  /** A place at or before the sample, by what the file says or by narrowing in. */
  async function place(from: number): Promise<number> {
    const point = points.findLast((each) => each.at <= from);
    const after = points.find((each) => each.at > from);
    let [low, lowAt] = [start + (point?.offset ?? 0), point?.at ?? 0];
    let [high, highAt] = [after ? start + after.offset : (bytes.size ?? start), after?.at ?? total];
    for (let tries = 0; tries < 8 && from - lowAt > rate && highAt > lowAt && high > low; tries++) {
      // A little before where it should be, so that mostly the first try is before it.
      const aim = Math.max(0, from - rate / 2 - lowAt) / (highAt - lowAt);
      const walk = new Scanner(bytes, low + Math.floor((high - low) * aim));
      const aimed = walk.at;
      const found = await sync(walk);
      if (found && found.at <= from) {
        if (walk.at <= low) {
          break;
        }
        [low, lowAt] = [walk.at, found.at];
      } else {
        [high, highAt] = [aimed, found?.at ?? highAt];
      }
    }
    return low;
  }

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    const walk = new Scanner(bytes, from < rate ? start : await place(from));
    let here = await sync(walk);
    let end = total;
    while (here) {
      const wanted = here.at + here.samples;
      let place = SHORTEST;
      let next: Frame | undefined;
      let length = -1;
      while (length < 0) {
        const found = walk.view.indexOf(0xff, place);
        const candidate = found < 0 ? walk.view.length : found;
        const before = walk.view.length;
        if (candidate + HEADER > before) {
          await walk.fill(candidate + HEADER);
          if (walk.view.length > before) {
            place = candidate;
            continue;
          }
        }
        if (found < 0) {
          // The file ends with this frame.
          length = before;
          continue;
        }
        next = flacFrame(walk.view, candidate, block);
        if (next?.at === wanted) {
          length = candidate;
        } else {
          next = undefined;
          place = candidate + 1;
        }
      }
      const sound = await walk.take(length);
      if (wanted > from) {
        yield { bytes: sound, at: here.at, samples: here.samples };
      }
      end = Math.max(end, wanted);
      here = next;
    }
    return total || end;
  }

  return {
    codec: "flac",
    mime: FLAC_MIME,
    rate,
    delay: 0,
    length: total || undefined,
    init: initSegment(sampleEntry("fLaC", channels, rate, config, bits), rate),
    wrap: fragment,
    packets,
  };
}

function seekPoints(table: Uint8Array): { at: number; offset: number }[] {
  const data = view(table);
  const points: { at: number; offset: number }[] = [];
  for (let place = 0; place + 18 <= table.length; place += 18) {
    if (data.getUint32(place) !== 0xffffffff) {
      points.push({
        at: data.getUint32(place) * 2 ** 32 + data.getUint32(place + 4),
        offset: data.getUint32(place + 8) * 2 ** 32 + data.getUint32(place + 12),
      });
    }
  }
  return points;
}
