/** A piece of encoded sound that decodes by itself, or after the one before it. */
export interface Packet {
  readonly bytes: Uint8Array;
  /** Where its first sample stands among all that the decoder gives. */
  readonly at: number;
  /** How many samples it gives. */
  readonly samples: number;
}

export type Codec = "mp3" | "aac" | "flac" | "opus" | "vorbis" | "other";

/** A file that was opened: what it is, and its packets. */
export interface Sound {
  readonly codec: Codec;
  /** The type of what is handed to the browser. */
  readonly mime: string;
  /** Samples per second in which `at`, `samples` and `delay` count. */
  readonly rate: number;
  /** What the decoder gives before the first sample that is to be heard. */
  readonly delay: number;
  /** How many samples are to be heard, where the file says so at its beginning. */
  readonly length: number | undefined;
  /** What a container says once, before the packets. */
  readonly init: Uint8Array | undefined;
  /** Puts packets that follow each other into the container that `mime` names. */
  wrap(packets: readonly Packet[]): Uint8Array;
  /**
   * The packets from the one on in which the sample `from` is. Returns where the last sample to be heard ends:
   * known for certain only there.
   */
  packets(from: number): AsyncGenerator<Packet, number>;
}

/** What the server knows of a file's encoder, for files that do not say it. */
export interface Gapless {
  /** Samples before the first that is to be heard, as the decoder gives them. */
  readonly delay: number;
  /** Samples after the last. */
  readonly padding: number;
  readonly sampleRate: number;
}

/** The file is of a kind that is not ours to cut up; the browser itself may know it. */
export class UnknownSound extends Error {
  override readonly name = "UnknownSound";
}
