export interface TapeLook {
  readonly played: string;
  readonly rest: string;
  /** What may not be heard. */
  readonly closed: string;
}

export interface TapeState {
  /** From 0 to 255; none while they are unknown. */
  readonly peaks: Uint8Array;
  /** From 0 to 1. */
  readonly at: number;
  /** What may be heard, from 0 to 1. */
  readonly open: readonly [number, number];
  /** How far it has grown from its beginning, from 0 to 1. */
  readonly grown: number;
  readonly rightToLeft: boolean;
  /** Under a track that costs something: what of it was paid for, each part from 0 to 1, and its colours. */
  readonly ribbon?: {
    readonly parts: readonly (readonly [number, number])[];
    readonly line: string;
    readonly paid: string;
  };
}

const BAR = 2;
const GAP = 2;
/** How tall the ribbon under the bars is, and what stands free above it. */
const RIBBON = 3;
const APART = 3;

/** The heights of so many bars, from 0 to 1: each the highest peak of its stretch. */
export function bars(peaks: Uint8Array, count: number): Float32Array {
  const heights = new Float32Array(count);
  const loudest = Math.max(1, ...peaks);
  for (let bar = 0; bar < count; bar++) {
    const from = Math.floor((bar * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
    let most = 0;
    for (let index = from; index < to; index++) {
      most = Math.max(most, peaks[index] ?? 0);
    }
    heights[bar] = most / loudest;
  }
  return heights;
}

/** Draws the tape as large as its canvas, in device pixels. */
export function drawTape(canvas: HTMLCanvasElement, look: TapeLook, state: TapeState): void {
  const context = canvas.getContext("2d");
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!context || width === 0) {
    return;
  }
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  context.setTransform(state.rightToLeft ? -scale : scale, 0, 0, scale, state.rightToLeft ? wide : 0, 0);
  context.clearRect(0, 0, width, height);
  const { ribbon } = state;
  const foot = ribbon ? RIBBON + APART : 0;
  const count = Math.max(1, Math.floor((width + GAP) / (BAR + GAP)));
  const heights = bars(state.peaks, count);
  const edge = state.at * width;
  for (let bar = 0; bar < count; bar++) {
    const x = bar * (BAR + GAP);
    const part = x / width;
    const shown = Math.min(1, Math.max(0, state.grown * 1.3 - part * 0.3));
    const tall = Math.max(2, (heights[bar] ?? 0) * (height - 4 - foot) * shown);
    const y = (height - foot - tall) / 2;
    const heard = Math.min(BAR, Math.max(0, edge - x));
    const within = part >= state.open[0] && part <= state.open[1];
    if (heard < BAR) {
      context.fillStyle = within ? look.rest : look.closed;
      context.fillRect(x + heard, y, BAR - heard, tall);
    }
    if (heard > 0) {
      context.fillStyle = within ? look.played : look.closed;
      context.fillRect(x, y, heard, tall);
    }
  }
  if (ribbon) {
    context.fillStyle = ribbon.line;
    context.fillRect(0, height - 2, width, 1);
    context.fillStyle = ribbon.paid;
    for (const [from, to] of ribbon.parts) {
      context.fillRect(from * width, height - RIBBON, Math.max(1, (to - from) * width), RIBBON);
    }
  }
}
