/** Files are sent so many at a time: more would only share the same line. */
export const AT_ONCE = 2;
/** The speed is that of the last while, so that it tells of now. */
const WINDOW_MS = 5_000;
/** Too short a while tells nothing. */
const LEAST_MS = 400;

export interface UploadFault {
  error: Error;
  /** Whether sending the same file again may do. */
  retryable: boolean;
}

interface Mark {
  at: number;
  sent: number;
}

export type Phase =
  | { is: "waiting" }
  /** `marks` are what was sent when, oldest first. */
  | { is: "sending"; sent: number; marks: readonly Mark[] }
  /** All has left; the server looks at it. */
  | { is: "checking" }
  /** The server took it; `result` is its answer. */
  | { is: "done"; result: unknown }
  | ({ is: "failed" } & UploadFault)
  | { is: "cancelled" };

export interface UploadFile {
  id: string;
  name: string;
  size: number;
  batch?: string;
  phase: Phase;
}

/** Every file in the order in which it came. */
export interface Uploads {
  files: readonly UploadFile[];
}

export type UploadEvent =
  /** `fault`: it is known not to be taken, and is not sent. */
  | { is: "added"; files: readonly (Omit<UploadFile, "phase"> & { fault?: UploadFault })[] }
  | { is: "started"; id: string; at: number }
  | { is: "progressed"; id: string; sent: number; total: number; at: number }
  | { is: "done"; id: string; result: unknown }
  | ({ is: "failed"; id: string } & { error: UploadFault })
  | { is: "cancelled"; id: string }
  | { is: "retried"; id: string }
  | { is: "dismissed"; ids: readonly string[] };

export const NOTHING: Uploads = { files: [] };

/** What becomes of the uploads; an event that does not fit, as one that comes late, changes nothing. */
export function reduce(uploads: Uploads, event: UploadEvent): Uploads {
  if (event.is === "added") {
    const files = event.files.map(
      ({ fault, ...file }): UploadFile => ({
        ...file,
        phase: fault ? { is: "failed", ...fault } : { is: "waiting" },
      }),
    );
    return { files: [...uploads.files, ...files] };
  }
  if (event.is === "dismissed") {
    const gone = new Set(event.ids);
    const files = uploads.files.filter((file) => !(gone.has(file.id) && isOver(file)));
    return files.length === uploads.files.length ? uploads : { files };
  }
  const at = uploads.files.findIndex(({ id }) => id === event.id);
  const file = uploads.files[at];
  const phase = file && step(file, event);
  return file && phase && phase !== file.phase
    ? { files: uploads.files.with(at, { ...file, phase }) }
    : uploads;
}

function step(
  { phase, size }: UploadFile,
  event: Exclude<UploadEvent, { is: "added" | "dismissed" }>,
): Phase {
  const running = phase.is === "sending" || phase.is === "checking";
  switch (event.is) {
    case "started":
      return phase.is === "waiting" ? { is: "sending", sent: 0, marks: [{ at: event.at, sent: 0 }] } : phase;
    case "progressed":
      return running ? progressed(phase, size, event) : phase;
    case "done":
      return running ? { is: "done", result: event.result } : phase;
    case "failed":
      return running ? { is: "failed", ...event.error } : phase;
    case "cancelled":
      return running || phase.is === "waiting" ? { is: "cancelled" } : phase;
    case "retried":
      return phase.is === "failed" || phase.is === "cancelled" ? { is: "waiting" } : phase;
  }
}

/** `sent` and `total` count the form around the file too, so they are brought to the file's own size. */
function progressed(phase: Phase, size: number, event: { sent: number; total: number; at: number }): Phase {
  if (event.total > 0 && event.sent >= event.total) {
    return { is: "checking" };
  }
  const before = phase.is === "sending" ? phase.marks : [];
  const share = event.total > 0 ? event.sent / event.total : 0;
  const sent = Math.min(size, Math.round(size * share));
  const last = before.at(-1);
  // A second try after a renewed log-in begins anew.
  const kept = last && last.sent > sent ? [] : before.filter(({ at }) => event.at - at <= WINDOW_MS);
  return { is: "sending", sent, marks: [...kept, { at: event.at, sent }] };
}

/** Which may start now. */
export function startable({ files }: Uploads): string[] {
  const running = files.filter(({ phase }) => phase.is === "sending" || phase.is === "checking").length;
  return files
    .filter(({ phase }) => phase.is === "waiting")
    .slice(0, Math.max(0, AT_ONCE - running))
    .map(({ id }) => id);
}

/** Whether nothing more happens to it by itself. */
export function isOver({ phase }: UploadFile): boolean {
  return phase.is === "done" || phase.is === "failed" || phase.is === "cancelled";
}

/** Whether something would be lost if the page closed now. */
export function isBusy({ files }: Uploads): boolean {
  return files.some((file) => !isOver(file));
}

/** What share of the file has left, from 0 to 1. */
export function share({ phase, size }: UploadFile): number {
  switch (phase.is) {
    case "sending":
      return size > 0 ? phase.sent / size : 0;
    case "checking":
    case "done":
      return 1;
    default:
      return 0;
  }
}

/** Bytes a second over the last while, and the seconds that are left at that; nothing while nobody can tell. */
export function pace({
  phase,
  size,
}: UploadFile): { bytesPerSecond: number; secondsLeft: number } | undefined {
  if (phase.is !== "sending") {
    return undefined;
  }
  const [first, last] = [phase.marks[0], phase.marks.at(-1)];
  if (!first || !last || last.at - first.at < LEAST_MS || last.sent <= first.sent) {
    return undefined;
  }
  const bytesPerSecond = ((last.sent - first.sent) * 1000) / (last.at - first.at);
  return { bytesPerSecond, secondsLeft: Math.ceil((size - phase.sent) / bytesPerSecond) };
}

/** Of all bytes of these files those that have left; files that failed or were given up do not count. */
export function together(files: readonly UploadFile[]): { sent: number; size: number } {
  const counted = files.filter(({ phase }) => phase.is !== "failed" && phase.is !== "cancelled");
  return {
    sent: counted.reduce((sum, file) => sum + share(file) * file.size, 0),
    size: counted.reduce((sum, { size }) => sum + size, 0),
  };
}
