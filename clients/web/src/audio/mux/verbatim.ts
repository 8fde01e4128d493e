import { crc8 } from "../demux/flac.ts";

const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 8;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 0x8000 ? (value << 1) ^ 0x8005 : value << 1;
  }
  return value & 0xffff;
});

function crc16(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum = ((sum << 8) ^ (CRC16[(sum >> 8) ^ byte] ?? 0)) & 0xffff;
  }
  return sum;
}

/** A number as UTF-8 writes one, of up to 36 bits. */
function coded(number: number): number[] {
  if (number < 0x80) {
    return [number];
  }
  const tail: number[] = [];
  let rest = number;
  let room = 0x3f;
  while (rest > room) {
    tail.unshift(0x80 | (rest % 64));
    rest = Math.floor(rest / 64);
    room >>= 1;
  }
  return [(~(room * 2 + 1) & 0xff) | rest, ...tail];
}

const DEPTHS: Readonly<Record<number, number>> = { 8: 1, 16: 4, 24: 6 };

/** A frame of FLAC that holds its samples as they are. */
export function verbatim(
  number: number,
  samples: number,
  channels: number,
  bits: number,
  sample: (channel: number, index: number) => number,
): Uint8Array {
  const head = [
    0xff,
    0xf8,
    0x70,
    ((channels - 1) << 4) | ((DEPTHS[bits] ?? 0) << 1),
    ...coded(number),
    (samples - 1) >> 8,
    (samples - 1) & 255,
  ];
  const width = bits / 8;
  const frame = new Uint8Array(head.length + 1 + channels * (1 + samples * width) + 2);
  frame.set(head);
  frame[head.length] = crc8(frame.subarray(0, head.length));
  let at = head.length + 1;
  for (let channel = 0; channel < channels; channel++) {
    frame[at++] = 0x02;
    for (let index = 0; index < samples; index++) {
      const value = sample(channel, index);
      for (let shift = bits - 8; shift >= 0; shift -= 8) {
        frame[at++] = (value >> shift) & 255;
      }
    }
  }
  const sum = crc16(frame.subarray(0, at));
  frame[at] = sum >> 8;
  frame[at + 1] = sum & 255;
  return frame;
}
