import { type Bytes, Scanner, text, view } from "../bytes.ts";
import { fragment, initSegment } from "../mux/mp4.ts";
import { type Codec, type Gapless, type Packet, type Sound, UnknownSound } from "./sound.ts";

interface Box {
  readonly type: string;
  readonly body: Uint8Array;
}

/** The boxes that stand in this one. */
function* boxes(bytes: Uint8Array): Generator<Box> {
  const data = view(bytes);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = data.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(data.getBigUint64(at + 8)) : short === 0 ? bytes.length - at : short;
    if (size < head) {
      return;
    }
    yield { type: text(bytes, at + 4, 4), body: bytes.subarray(at + head, at + size) };
    at += size;
  }
}

/** The body of the first box on this path. */
function inside(bytes: Uint8Array, ...path: string[]): Uint8Array | undefined {
  let body: Uint8Array | undefined = bytes;
  for (const type of path) {
    body = body && [...boxes(body)].find((each) => each.type === type)?.body;
  }
  return body;
}

/** Finds `moov`, which may stand behind the sound. */
async function findMoov(bytes: Bytes): Promise<Uint8Array> {
  const scanner = new Scanner(bytes);
  while (await scanner.fill(16)) {
    const data = view(scanner.view);
    const short = data.getUint32(0);
    const type = text(scanner.view, 4, 4);
    const size = short === 1 ? Number(data.getBigUint64(8)) : short;
    if (type === "moov") {
      return (await scanner.take(size)).subarray(8);
    }
    if (size < 8 || type === "moof") {
      break;
    }
    scanner.skip(size);
  }
  throw new UnknownSound("no table of samples");
}

interface Sample {
  readonly offset: number;
  readonly size: number;
  readonly at: number;
}

/** A table of 32-bit numbers behind `skip` bytes, `columns` in each row. */
function rows(body: Uint8Array | undefined, columns: number, skip = 8): number[][] {
  if (!body) {
    return [];
  }
  const data = view(body);
  const count = Math.min(data.getUint32(skip - 4), Math.floor((body.length - skip) / (4 * columns)));
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: columns }, (_, column) => data.getUint32(skip + 4 * (row * columns + column))),
  );
}

function sizesOf(stsz: Uint8Array): number[] {
  const data = view(stsz);
  const all = data.getUint32(4);
  return all > 0
    ? Array.from({ length: data.getUint32(8) }, () => all)
    : rows(stsz, 1, 12).map(([size = 0]) => size);
}

function samplesOf(stbl: Uint8Array): { samples: Sample[]; each: number; end: number } {
  const stsz = inside(stbl, "stsz");
  const co64 = inside(stbl, "co64");
  const chunks = co64
    ? rows(co64, 2, 8).map(([high = 0, low = 0]) => high * 2 ** 32 + low)
    : rows(inside(stbl, "stco"), 1).map(([offset = 0]) => offset);
  const runs = rows(inside(stbl, "stsc"), 3);
  const times = rows(inside(stbl, "stts"), 2);
  if (!stsz || chunks.length === 0 || times.length === 0) {
    throw new UnknownSound("no table of samples");
  }
  const sizes = sizesOf(stsz);
  const deltas = times.flatMap(([count = 0, delta = 0]) =>
    Array.from({ length: Math.min(count, sizes.length) }, () => delta),
  );
  const samples: Sample[] = [];
  let at = 0;
  let run = 0;
  for (const [index, start] of chunks.entries()) {
    while ((runs[run + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= index + 1) {
      run += 1;
    }
    let offset = start;
    for (let left = runs[run]?.[1] ?? 0; left > 0 && samples.length < sizes.length; left--) {
      const size = sizes[samples.length] ?? 0;
      const delta = deltas[samples.length] ?? 0;
      samples.push({ offset, size, at });
      offset += size;
      at += delta;
    }
  }
  return { samples, each: times[0]?.[1] ?? 1024, end: at };
}

/** The first length of a descriptor (ISO/IEC 14496-1), and where it ends. */
function descriptor(bytes: Uint8Array, at: number): number {
  let place = at + 1;
  while ((bytes[place] ?? 0) & 0x80) {
    place += 1;
  }
  return place + 1;
}

/** The kind of AAC that `esds` describes, as it is written in a type. */
function aacType(esds: Uint8Array): string | undefined {
  let at = descriptor(esds, 4);
  const flags = esds[at + 2] ?? 0;
  at += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0);
  const config = descriptor(esds, at);
  if (esds[config] !== 0x40 && esds[config] !== 0x67) {
    return undefined;
  }
  const specific = descriptor(esds, config + 13);
  const kind = (esds[specific] ?? 0) >> 3;
  return `mp4a.40.${kind === 31 ? 32 + ((((esds[specific] ?? 0) & 7) << 3) | ((esds[specific + 1] ?? 0) >> 5)) : kind}`;
}

function codecOf(entry: Box): { codec: Codec; type: string } {
  // The fields of a sound's description; QuickTime's later versions have more of them.
  const version = view(entry.body).getUint16(8);
  const config = entry.body.subarray(28 + (version === 1 ? 16 : version === 2 ? 36 : 0));
  if (entry.type === "fLaC") {
    return { codec: "flac", type: "flac" };
  }
  if (entry.type === "Opus") {
    return { codec: "opus", type: "opus" };
  }
  const esds = inside(config, "esds") ?? inside(config, "wave", "esds");
  const type = entry.type === "mp4a" && esds ? aacType(esds) : undefined;
  if (!type) {
    throw new UnknownSound(`sound of the kind ${entry.type}`);
  }
  return { codec: "aac", type };
}

interface Trim {
  delay: number;
  /** Where the last sample to be heard ends. */
  end: number;
}

/** What iTunes and others write: samples before, behind and in between, in hexadecimal figures. */
function itunesTrim(moov: Uint8Array): { delay: number; length: number } | undefined {
  const meta = inside(moov, "udta", "meta");
  for (const each of boxes(inside((meta ?? new Uint8Array()).subarray(4), "ilst") ?? new Uint8Array())) {
    if (
      each.type === "----" &&
      new TextDecoder().decode(inside(each.body, "name")?.subarray(4)) === "iTunSMPB"
    ) {
      const value = new TextDecoder().decode(inside(each.body, "data")?.subarray(8));
      const [, delay = 0, , length = 0] = value
        .trim()
        .split(/\s+/)
        .map((part) => Number.parseInt(part, 16));
      return length > 0 ? { delay, length } : undefined;
    }
  }
  return undefined;
}

/** What the edit list leaves of the sound. */
function editTrim(trak: Uint8Array, end: number, scale: number, movieScale: number): Trim | undefined {
  const elst = inside(trak, "edts", "elst");
  if (!elst) {
    return undefined;
  }
  const long = elst[0] === 1;
  const rowsOf = rows(elst, long ? 5 : 3);
  for (const row of rowsOf) {
    const duration = long ? (row[0] ?? 0) * 2 ** 32 + (row[1] ?? 0) : (row[0] ?? 0);
    const start = long ? (row[3] ?? 0) : (row[1] ?? 0);
    if (start === 0xffffffff) {
      continue;
    }
    const wanted = start + (duration / movieScale) * scale;
    // Its length is in the coarse units of the film: where the sound ends by itself, it ends there.
    const near = scale / movieScale + 1;
    return { delay: start, end: duration > 0 && wanted < end - near ? Math.round(wanted) : end };
  }
  return undefined;
}

export async function openM4a(bytes: Bytes, hint: Gapless | undefined): Promise<Sound> {
  const moov = await findMoov(bytes);
  const trak = [...boxes(moov)].find(
    ({ type, body }) => type === "trak" && text(inside(body, "mdia", "hdlr") ?? body, 8, 4) === "soun",
  )?.body;
  const stbl = trak && inside(trak, "mdia", "minf", "stbl");
  const mdhd = trak && inside(trak, "mdia", "mdhd");
  const stsd = stbl && inside(stbl, "stsd");
  const entry = stsd && boxes(stsd.subarray(8)).next().value;
  const mvhd = inside(moov, "mvhd");
  if (!trak || !stbl || !mdhd || !stsd || !entry || !mvhd) {
    throw new UnknownSound("no track of sound");
  }
  const scaleOf = (head: Uint8Array) => view(head).getUint32(head[0] === 1 ? 20 : 12);
  const rate = scaleOf(mdhd);
  const { codec, type } = codecOf(entry);
  const { samples, each, end: all } = samplesOf(stbl);
  const itunes = itunesTrim(moov);
  const trim: Trim = itunes
    ? { delay: itunes.delay, end: Math.min(itunes.delay + itunes.length, samples.length * each) }
    : (editTrim(trak, all, rate, scaleOf(mvhd)) ??
      (hint ? { delay: hint.delay, end: samples.length * each - hint.padding } : { delay: 0, end: all }));

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    // A packet of AAC is right only after the one before it.
    const first = Math.max(0, samples.findLastIndex((sample) => sample.at <= from) - 1);
    const scanner = new Scanner(bytes, samples[first]?.offset ?? 0);
    for (const sample of samples.slice(first)) {
      if (sample.offset < scanner.at) {
        Object.assign(scanner, { at: sample.offset, view: new Uint8Array() });
      }
      scanner.skip(sample.offset - scanner.at);
      const taken = await scanner.take(sample.size);
      if (taken.length < sample.size) {
        break;
      }
      yield { bytes: taken, at: sample.at, samples: each };
    }
    return trim.end;
  }

  const size = view(stsd).getUint32(8);
  return {
    codec,
    mime: `audio/mp4; codecs="${type}"`,
    rate,
    delay: trim.delay,
    length: trim.end - trim.delay,
    init: initSegment(stsd.slice(8, 8 + size), rate),
    wrap: fragment,
    packets,
  };
}
