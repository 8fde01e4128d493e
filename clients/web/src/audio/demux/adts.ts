import { type Bytes, Scanner } from "../bytes.ts";
import { box, fragment, initSegment, sampleEntry } from "../mux/mp4.ts";
import { type Gapless, type Packet, type Sound, UnknownSound } from "./sound.ts";

const RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const SAMPLES = 1024;

function isFrame(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
}

function lengthOf(bytes: Uint8Array): number {
  return (((bytes[3] ?? 0) & 3) << 11) | ((bytes[4] ?? 0) << 3) | ((bytes[5] ?? 0) >> 5);
}

/** AAC without a container: each frame says anew what it is. */
export async function openAdts(bytes: Bytes, hint: Gapless | undefined): Promise<Sound> {
  const scanner = new Scanner(bytes);
  if (!(await scanner.fill(7)) || !isFrame(scanner.view)) {
    throw new UnknownSound("no AAC");
  }
  const [, , c = 0, d = 0] = scanner.view;
  const kind = (c >> 6) + 1;
  const index = (c >> 2) & 15;
  const channels = ((c & 1) << 2) | (d >> 6);
  const rate = RATES[index];
  if (!rate || channels === 0) {
    throw new UnknownSound("AAC of a rare kind");
  }
  const specific = [(kind << 3) | (index >> 1), ((index & 1) << 7) | (channels << 3)];
  const decoder = [4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, ...specific];
  const esds = box("esds", [0, 0, 0, 0, 3, 3 + decoder.length + 3, 0, 1, 0, ...decoder, 6, 1, 2]);
  const delay = hint?.delay ?? 0;

  async function* packets(from: number): AsyncGenerator<Packet, number> {
    // Its frames have no numbers: whoever seeks counts them from the first.
    const walk = new Scanner(bytes);
    let at = 0;
    while (await walk.fill(7)) {
      if (!isFrame(walk.view)) {
        walk.skip(1);
        continue;
      }
      const head = (walk.view[1] ?? 0) & 1 ? 7 : 9;
      const length = lengthOf(walk.view);
      const frame = await walk.take(Math.max(length, head));
      if (frame.length < length) {
        break;
      }
      if (at + 2 * SAMPLES > from) {
        yield { bytes: frame.subarray(head), at, samples: SAMPLES };
      }
      at += SAMPLES;
    }
    return at - (hint?.padding ?? 0);
  }

  return {
    codec: "aac",
    mime: `audio/mp4; codecs="mp4a.40.${kind}"`,
    rate,
    delay,
    length: undefined,
    init: initSegment(sampleEntry("mp4a", channels, rate, esds), rate),
    wrap: fragment,
    packets,
  };
}
