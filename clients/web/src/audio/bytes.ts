/** The bytes of a file, wherever they come from. */
export interface Bytes {
  /** How many there are; known after the first read. */
  readonly size: number | undefined;
  /** What there is from `offset` on: some bytes, as they come; none only at the end. */
  read(offset: number): Promise<Uint8Array>;
}

/** Walks through the bytes of a file from front to back. */
export class Scanner {
  readonly #bytes: Bytes;
  /** The offset in the file of the first byte in `view`. */
  at: number;
  view: Uint8Array = new Uint8Array();
  #ended = false;

  constructor(bytes: Bytes, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get size(): number | undefined {
    return this.#bytes.size;
  }

  /** Sees to it that `view` has this many bytes; false when the file ends before. */
  async fill(count: number): Promise<boolean> {
    while (this.view.length < count && !this.#ended) {
      const more = await this.#bytes.read(this.at + this.view.length);
      if (more.length === 0) {
        this.#ended = true;
      } else if (this.view.length === 0) {
        this.view = more;
      } else {
        const both = new Uint8Array(this.view.length + more.length);
        both.set(this.view);
        both.set(more, this.view.length);
        this.view = both;
      }
    }
    return this.view.length >= count;
  }

  /** Leaves bytes behind, or passes over some that were not read yet. */
  skip(count: number): void {
    this.view = count < this.view.length ? this.view.subarray(count) : new Uint8Array();
    this.at += count;
  }

  /** The next `count` bytes as a copy of their own, passed. Fewer at the end of the file. */
  async take(count: number): Promise<Uint8Array> {
    await this.fill(count);
    const taken = this.view.slice(0, count);
    this.skip(taken.length);
    return taken;
  }
}

export function text(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
