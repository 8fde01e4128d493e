import type { Gapless } from "../audio/demux/sound.ts";
import type { Track } from "./player.ts";

/** What the server says of the encoder of a track, if it says anything. */
export function gaplessOf(track: Track): Gapless | undefined {
  const said: unknown = "gapless" in track ? track.gapless : undefined;
  if (typeof said !== "object" || said === null) {
    return undefined;
  }
  const figure = (name: string) => {
    const value: unknown = Reflect.get(said, name);
    return typeof value === "number" && value >= 0 ? value : undefined;
  };
  const [delay, padding, sampleRate] = [figure("delay"), figure("padding"), figure("sampleRate")];
  return delay !== undefined && padding !== undefined && sampleRate
    ? { delay, padding, sampleRate }
    : undefined;
}
