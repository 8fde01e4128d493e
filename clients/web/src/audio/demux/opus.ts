import { type Bytes, Scanner, text, view } from "../bytes.ts";
import { box, fragment, initSegment, sampleEntry, u16, u32 } from "../mux/mp4.ts";
import { endings, seekPage } from "./ogg.ts";
import { type Packet, type Sound, UnknownSound } from "./sound.ts";

const RATE = 48_000;

/** Samples in a packet, by its first bytes (RFC 6716, 3.1). */
export function opusSamples(packet: Uint8Array): number {
  const [toc = 0, second = 0] = packet;
  const config = toc >> 3;
  const frame =
    config < 12
      ? ([480, 960, 1920, 2880][config & 3] ?? 0)
      : config < 16
        ? ([480, 960][config & 1] ?? 0)
        : ([120, 240, 480, 960][config & 3] ?? 0);
  const count = [1, 2, 2, second & 63][toc & 3] ?? 1;
  return frame * count;
}

/** How many streams were opened. */
let opened = 0;

/** Samples that a decoder needs before it is right again (RFC 7845, 4.6). */
const PREROLL = 3840;

export async function openOpus(bytes: Bytes): Promise<Sound> {
  const scanner = new Scanner(bytes);
  let head: Uint8Array | undefined;
  let serial: number | undefined;
  let start = 0;
  for await (const { page, packets } of endings(scanner)) {
    const [packet] = packets;
    if (!head && packet && text(packet, 0, 8) === "OpusHead") {
      head = packet;
      serial = page.serial;
    } else if (head && page.serial === serial && packets.some((each) => text(each, 0, 8) === "OpusTags")) {
      start = scanner.at;
      break;
    }
  }
  if (!head || start === 0) {
    throw new UnknownSound("no stream of Opus");
  }
  const data = view(head);
  const channels = head[9] ?? 2;
  const delay = data.getUint16(10, true);
  const family = head[18] ?? 0;
  // A decoder that goes on from one stream to another makes a bang. What differs in its description starts it anew:
  // here the volume, by a 256th of a decibel for each.
  opened = (opened + 1) % 8;
  const config = box(
    "dOps",
    [0, channels],
    u16(0),
    u32(data.getUint32(12, true)),
    u16(data.getInt16(16, true) + opened),
    [family],
    head.subarray(19),
  );

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    const early = Math.max(0, from - PREROLL);
    const place = early < RATE ? start : await seekPage(bytes, start, early, RATE);
    let at: number | undefined = place === start ? 0 : undefined;
    let end = 0;
    for await (const { page, packets: all } of endings(new Scanner(bytes, place), serial)) {
      const total = all.reduce((sum, packet) => sum + opusSamples(packet), 0);
      // A page says where it ends; the last one may end before its packets do.
      at ??= page.granule < 0 ? undefined : page.granule - total;
      if (at === undefined) {
        continue;
      }
      for (const packet of all) {
        const samples = opusSamples(packet);
        if (at + samples > early) {
          yield { bytes: packet, at, samples };
        }
        at += samples;
      }
      end = page.last && page.granule >= 0 ? Math.min(page.granule, at) : at;
    }
    return end;
  }

  return {
    codec: "opus",
    mime: 'audio/mp4; codecs="opus"',
    rate: RATE,
    delay,
    length: undefined,
    init: initSegment(sampleEntry("Opus", channels, RATE, config), RATE),
    wrap: fragment,
    packets,
  };
}
