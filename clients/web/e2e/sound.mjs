// Makes sound and pictures for tests.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Runs ffmpeg, and does not hold up this process meanwhile: it would not see that a server closes a connection, and send its
 * next question there.
 */
export async function ffmpeg(...args) {
  await promisify(execFile)("ffmpeg", ["-loglevel", "error", "-y", ...args]);
}
