import { type Bytes, joined, Scanner, text, view } from "../bytes.ts";

/** A page of RFC 3533. */
export interface Page {
  /** Where it begins in the file. */
  readonly offset: number;
  /** Which sample ends with the last packet that ends here; -1 when none does. */
  readonly granule: number;
  readonly last: boolean;
  readonly continued: boolean;
  readonly serial: number;
  /** The pieces of packets in it. */
  readonly pieces: readonly Uint8Array[];
  /** Whether its last piece goes on in the next page. */
  readonly open: boolean;
}

/** The next page from where the scanner is; undefined at the end. */
export async function nextPage(scanner: Scanner): Promise<Page | undefined> {
  while (await scanner.fill(27)) {
    if (text(scanner.view, 0, 4) !== "OggS" || scanner.view[4] !== 0) {
      const next = scanner.view.indexOf(0x4f, 1);
      scanner.skip(next < 0 ? scanner.view.length : next);
      continue;
    }
    const count = scanner.view[26] ?? 0;
    if (!(await scanner.fill(27 + count))) {
      return undefined;
    }
    const lacing = scanner.view.slice(27, 27 + count);
    const size = lacing.reduce((sum, each) => sum + each, 0);
    const offset = scanner.at;
    const whole = await scanner.take(27 + count + size);
    if (whole.length < 27 + count + size) {
      return undefined;
    }
    const data = view(whole);
    const low = data.getUint32(6, true);
    const high = data.getInt32(10, true);
    const pieces: Uint8Array[] = [];
    let at = 27 + count;
    let length = 0;
    for (const each of lacing) {
      length += each;
      if (each < 255) {
        pieces.push(whole.subarray(at, at + length));
        at += length;
        length = 0;
      }
    }
    const open = lacing.at(-1) === 255;
    if (open) {
      pieces.push(whole.subarray(at, at + length));
    }
    const flags = whole[5] ?? 0;
    return {
      offset,
      granule: high < 0 ? -1 : high * 2 ** 32 + low,
      last: (flags & 4) !== 0,
      continued: (flags & 1) !== 0,
      serial: data.getUint32(14, true),
      pieces,
      open,
    };
  }
  return undefined;
}

/** The packets that end in a page, and the page. */
export interface Ended {
  readonly page: Page;
  readonly packets: readonly Uint8Array[];
}

/** The packets of the stream `serial` page by page; one that began before the first page is left out. */
export async function* endings(scanner: Scanner, serial?: number): AsyncGenerator<Ended> {
  let begun: Uint8Array[] | undefined;
  for (let page = await nextPage(scanner); page; page = await nextPage(scanner)) {
    if (serial !== undefined && page.serial !== serial) {
      continue;
    }
    const packets: Uint8Array[] = [];
    for (const [index, piece] of page.pieces.entries()) {
      const first = index === 0 && page.continued;
      const unfinished = page.open && index === page.pieces.length - 1;
      const parts = first ? (begun ? [...begun, piece] : undefined) : [piece];
      begun = undefined;
      if (unfinished) {
        begun = parts;
      } else if (parts) {
        packets.push(joined(parts));
      }
    }
    yield { page, packets };
  }
}

/** A place in the file from which the sample `from` is reached soon, and whose own sample is known to be before it. */
export async function seekPage(bytes: Bytes, start: number, from: number, rate: number): Promise<number> {
  let [low, high] = [start, bytes.size ?? start];
  for (let tries = 0; tries < 24 && high - low > 64 * 1024; tries++) {
    const middle = Math.floor((low + high) / 2);
    const scanner = new Scanner(bytes, middle);
    let page = await nextPage(scanner);
    while (page && page.granule < 0) {
      page = await nextPage(scanner);
    }
    if (page && page.granule <= from - rate / 2) {
      low = page.offset;
      if (page.granule >= from - 3 * rate) {
        break;
      }
    } else {
      high = middle;
    }
  }
  return low;
}
