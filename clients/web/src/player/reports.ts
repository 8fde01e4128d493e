import { ApiError, ask, type components } from "@resonance/sdk";
import { get, set } from "idb-keyval";
import { server } from "../app/client.ts";
import { meQuery } from "../app/me.ts";
import { queryClient } from "../app/query.ts";
import type { Heard } from "./heard.ts";

interface Report {
  trackId: string;
  body: components["schemas"]["PlayReport"];
}

const OUTBOX = "resonance.plays";
/** So many wait for the network at most; older ones give way. */
const MOST = 200;

function somebody(): boolean {
  return queryClient.getQueryData(meQuery.queryKey) !== null;
}

/** Tells the server of a play that is over. Told once, however often it has to be sent. */
export async function report(heard: Heard, completed: boolean, leaving: boolean): Promise<void> {
  const secondsListened = heard.seconds(performance.now());
  if (secondsListened < 1 || !somebody()) {
    return;
  }
  const { trackId, clientPlayId, startedAt } = heard;
  const play: Report = { trackId, body: { clientPlayId, startedAt, secondsListened, completed } };
  if (!(await sent(play, leaving))) {
    const waiting = (await get<Report[]>(OUTBOX)) ?? [];
    await set(OUTBOX, [...waiting, play].slice(-MOST));
  }
}

/** Sends what could not be sent before. */
export async function sendWaiting(): Promise<void> {
  const waiting = (await get<Report[]>(OUTBOX)) ?? [];
  if (waiting.length === 0 || !somebody()) {
    return;
  }
  await set(OUTBOX, []);
  const left: Report[] = [];
  for (const play of waiting) {
    if (!(await sent(play, false))) {
      left.push(play);
    }
  }
  if (left.length > 0) {
    await set(OUTBOX, [...left, ...((await get<Report[]>(OUTBOX)) ?? [])].slice(-MOST));
  }
}

/** False when it has to be tried again. */
async function sent({ trackId: id, body }: Report, leaving: boolean): Promise<boolean> {
  try {
    const path = { path: { id } };
    await ask(server.api.POST("/api/v1/tracks/{id}/plays", { params: path, body, keepalive: leaving }));
    // A play may have earned points.
    void queryClient.invalidateQueries({ queryKey: ["wallet"] });
    // Lists of what was heard are asked for when one comes to them. While one is there they stay as they are: a row that
    // moves under a finger is another track, and perhaps one that costs something.
    return true;
  } catch (error) {
    // What the server refuses it refuses again.
    return error instanceof ApiError && error.status < 500 && error.status !== 429;
  }
}

/** Whether this page has said that something plays. */
let hasTold = false;

/**
 * Shows others what plays; null for silence, which is no news from a page that was silent all the time: what plays on another
 * device, or was left on this one, is not taken back by it.
 */
export function showPlaying(trackId: string | null, positionMs: number): void {
  if (somebody() && (trackId !== null || hasTold)) {
    hasTold = trackId !== null;
    const body = { trackId, positionMs: Math.max(0, Math.round(positionMs)) };
    ask(server.api.PUT("/api/v1/me/now-playing", { body })).catch(() => {});
  }
}
