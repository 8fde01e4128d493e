/** One play of one track: how much of it was really heard, whatever was jumped over. */
export class Heard {
  readonly clientPlayId: string;
  readonly trackId: string;
  readonly startedAt: string;
  #ms = 0;
  #since: number | undefined;

  constructor(trackId: string, id: string, now: number) {
    this.trackId = trackId;
    this.clientPlayId = id;
    this.startedAt = new Date(now).toISOString();
  }

  /** Sound comes out from now on, or no longer. Times are milliseconds of one clock. */
  sounding(is: boolean, now: number): void {
    if (this.#since !== undefined) {
      this.#ms += Math.max(0, now - this.#since);
    }
    this.#since = is ? now : undefined;
  }

  seconds(now: number): number {
    const running = this.#since === undefined ? 0 : Math.max(0, now - this.#since);
    return Math.round((this.#ms + running) / 100) / 10;
  }
}
