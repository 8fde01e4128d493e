import { type Bytes, text } from "../bytes.ts";
import { openAdts } from "./adts.ts";
import { openFlac } from "./flac.ts";
import { openM4a } from "./m4a.ts";
import { openMp3 } from "./mp3.ts";
import { openOpus } from "./opus.ts";
import { type Gapless, type Sound, UnknownSound } from "./sound.ts";
import { openVorbis } from "./vorbis.ts";
import { openWav } from "./wav.ts";

/** Opens a file by what it holds, whatever it is called. Throws {@link UnknownSound} for what is not ours to cut up. */
export async function openSound(bytes: Bytes, hint?: Gapless): Promise<Sound> {
  const head = await start(bytes, 64);
  const name = text(head, 0, 4);
  if (name === "fLaC") {
    return await openFlac(bytes);
  }
  if (name === "RIFF" && text(head, 8, 4) === "WAVE") {
    return await openWav(bytes);
  }
  if (name === "OggS") {
    const packet = text(head, 28, 8);
    if (packet === "OpusHead") {
      return await openOpus(bytes);
    }
    if (packet.slice(1, 7) === "vorbis") {
      return await openVorbis(bytes);
    }
    throw new UnknownSound("Ogg with something rare in it");
  }
  if (text(head, 4, 4) === "ftyp") {
    return await openM4a(bytes, hint);
  }
  if (head[0] === 0xff && ((head[1] ?? 0) & 0xf6) === 0xf0) {
    return await openAdts(bytes, hint);
  }
  if (name.startsWith("ID3") && (await behindTags(bytes, head)) === "fLaC") {
    return await openFlac(bytes);
  }
  return await openMp3(bytes, hint);
}

async function start(bytes: Bytes, count: number, at = 0): Promise<Uint8Array> {
  let head = await bytes.read(at);
  while (head.length < count) {
    const more = await bytes.read(at + head.length);
    if (more.length === 0) {
      break;
    }
    const both = new Uint8Array(head.length + more.length);
    both.set(head);
    both.set(more, head.length);
    head = both;
  }
  return head;
}

async function behindTags(bytes: Bytes, head: Uint8Array): Promise<string> {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10);
  return text(await start(bytes, 4, 10 + ((a << 21) | (b << 14) | (c << 7) | d)), 0, 4);
}
