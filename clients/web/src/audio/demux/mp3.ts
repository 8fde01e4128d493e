import { type Bytes, joined, Scanner, text, view } from "../bytes.ts";
import { type Gapless, type Packet, type Sound, UnknownSound } from "./sound.ts";

/** What a decoder gives before the first sample that went into the encoder's first frame. */
const DECODER_DELAY = 529;

/** How much of that is heard: Chromium takes it away by itself. */
const HEARD_DELAY = /Chrom/.test(navigator.userAgent) ? 0 : DECODER_DELAY;

const BITRATES = {
  v1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  v2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const RATES = [44_100, 48_000, 32_000] as const;

interface Frame {
  readonly rate: number;
  readonly samples: number;
  /** In bits a second. */
  readonly bitrate: number;
  readonly length: number;
  /** Where the Xing header stands in it, if it has one. */
  readonly tag: number;
}

/** The header of a frame of layer III; undefined for anything else. */
export function frame(bytes: Uint8Array, at = 0): Frame | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  const version = (b >> 3) & 3;
  if (a !== 0xff || (b & 0xe0) !== 0xe0 || version === 1 || ((b >> 1) & 3) !== 1) {
    return undefined;
  }
  const first = version === 3;
  const bitrate = (BITRATES[first ? "v1" : "v2"][c >> 4] ?? 0) * 1000;
  const base = RATES[(c >> 2) & 3];
  if (!base || bitrate === 0) {
    return undefined;
  }
  const rate = base / (first ? 1 : version === 2 ? 2 : 4);
  const samples = first ? 1152 : 576;
  const length = Math.floor((samples / 8) * (bitrate / rate)) + ((c >> 1) & 1);
  const mono = d >> 6 === 3;
  const tag = 4 + (first ? (mono ? 17 : 32) : mono ? 9 : 17);
  return { rate, samples, bitrate, length, tag };
}

interface Header {
  frames: number | undefined;
  /** For each hundredth of the time, which 256th of the bytes. */
  toc: Uint8Array | undefined;
  vbr: boolean;
  delay: number | undefined;
  padding: number | undefined;
}

/** What the first frame says instead of sound: how many follow, and what the encoder put around them. */
function header(bytes: Uint8Array, at: number): Header | undefined {
  const name = text(bytes, at, 4);
  if (name !== "Xing" && name !== "Info") {
    return undefined;
  }
  const data = view(bytes);
  const flags = data.getUint32(at + 4);
  let place = at + 8;
  let frames: number | undefined;
  let toc: Uint8Array | undefined;
  if (flags & 1) {
    frames = data.getUint32(place);
    place += 4;
  }
  place += flags & 2 ? 4 : 0;
  if (flags & 4) {
    toc = bytes.slice(place, place + 100);
    place += 100;
  }
  place += flags & 8 ? 4 : 0;
  let delay: number | undefined;
  let padding: number | undefined;
  if (place + 24 <= bytes.length && (bytes[place] ?? 0) !== 0) {
    const packed =
      ((bytes[place + 21] ?? 0) << 16) | ((bytes[place + 22] ?? 0) << 8) | (bytes[place + 23] ?? 0);
    if (packed !== 0) {
      delay = packed >> 12;
      padding = packed & 0xfff;
    }
  }
  return { frames, toc, vbr: name === "Xing", delay, padding };
}

/** Passes what stands before the sound, and finds the first frame that another one follows. */
async function begin(scanner: Scanner): Promise<Frame> {
  while ((await scanner.fill(10)) && text(scanner.view, 0, 3) === "ID3") {
    const [a = 0, b = 0, c = 0, d = 0] = scanner.view.subarray(6, 10);
    const footer = (scanner.view[5] ?? 0) & 0x10 ? 10 : 0;
    scanner.skip(10 + footer + ((a << 21) | (b << 14) | (c << 7) | d));
  }
  const found = await sync(scanner, 128 * 1024);
  if (!found) {
    throw new UnknownSound("no frame of layer III");
  }
  return found;
}

/** Goes to the next frame; undefined when there is none within `reach` bytes. */
async function sync(scanner: Scanner, reach: number, like?: Frame): Promise<Frame | undefined> {
  for (let passed = 0; passed < reach && (await scanner.fill(4)); ) {
    const here = frame(scanner.view);
    if (here && (!like || here.rate === like.rate)) {
      const more = await scanner.fill(here.length + 4);
      const after = more ? frame(scanner.view, here.length) : undefined;
      if (after?.rate === here.rate || (!more && scanner.view.length >= here.length)) {
        return here;
      }
    }
    const next = scanner.view.indexOf(0xff, 1);
    const step = next < 0 ? scanner.view.length : next;
    scanner.skip(step);
    passed += step;
  }
  return undefined;
}

/** A frame of the same kind with nothing in it. */
function silence(like: Uint8Array): Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0] = like;
  const silent = new Uint8Array(like.length);
  // The last bit of the second byte: no checksum follows.
  silent.set([a, b | 1, c, d]);
  return silent;
}

export async function openMp3(bytes: Bytes, hint: Gapless | undefined): Promise<Sound> {
  const scanner = new Scanner(bytes);
  const first = await begin(scanner);
  await scanner.fill(first.length);
  const head = header(scanner.view.subarray(0, first.length), first.tag);
  const start = scanner.at;
  // In the place of the frame with the header, which browsers leave out, stands a silent one: what a decoder swallows
  // when it begins, it swallows of that one, and not of the first sample that is to be heard.
  const silent = head ? first.samples : 0;
  // The file's own figures are without the decoder's delay, the server's with it.
  const around = {
    before: head?.delay ?? (hint ? Math.max(0, hint.delay - DECODER_DELAY) : undefined),
    after: head?.padding ?? (hint ? hint.padding + DECODER_DELAY : undefined),
  };
  const delay = silent + (around.before === undefined ? 0 : around.before + HEARD_DELAY);
  const padding = around.after === undefined ? 0 : Math.max(0, around.after - HEARD_DELAY);
  const length =
    head?.frames === undefined ? undefined : head.frames * first.samples + silent - delay - padding;

  /** Where about the frame stands that has this number. */
  function place(index: number): number {
    const end = bytes.size;
    if (head?.vbr && head.frames && end !== undefined) {
      const part = Math.min(99.99, (index / (head.frames + 1)) * 100);
      const [low, high] = [head.toc?.[Math.floor(part)], head.toc?.[Math.floor(part) + 1] ?? 256];
      const of256 = low === undefined ? part * 2.56 : low + (high - low) * (part % 1);
      return start + Math.floor(((end - start) * of256) / 256);
    }
    const each =
      head?.frames && end !== undefined
        ? (end - start) / (head.frames + 1)
        : (first.samples / 8) * (first.bitrate / first.rate);
    // Half a frame early: the next one that begins is the one that is meant.
    return start + Math.floor((index - 0.5) * each);
  }

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    // A frame leans on those before it, so the one that is wanted is not the first.
    let index = Math.max(0, Math.floor(from / first.samples) - 1);
    const walk = new Scanner(bytes, index === 0 ? start : place(index));
    while ((await walk.fill(4)) && (await sync(walk, 256 * 1024, first))) {
      const here = frame(walk.view);
      const sound = here && (await walk.take(here.length));
      if (!sound || sound.length < here.length) {
        break;
      }
      const isHeader = head !== undefined && index === 0;
      yield { bytes: isHeader ? silence(sound) : sound, at: index * first.samples, samples: first.samples };
      index += 1;
    }
    return index * first.samples - padding;
  }

  return {
    codec: "mp3",
    mime: "audio/mpeg",
    rate: first.rate,
    delay,
    length,
    init: undefined,
    wrap: (parts) => joined(parts.map((part) => part.bytes)),
    packets,
  };
}
