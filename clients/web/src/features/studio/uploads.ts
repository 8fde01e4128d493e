import { ApiError, ask } from "@resonance/sdk";
import { homeOf, kindOf, placed } from "@resonance/sdk/release";
import { Uploader } from "@resonance/sdk/upload";
import type { UploadFault, UploadFile, Uploads } from "@resonance/sdk/uploadstate";
import { xhrTransport } from "@resonance/sdk/xhr";
import i18next from "i18next";
import { create } from "zustand";
import { server } from "../../app/client.ts";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { MOST_OF_A_PICTURE } from "../../ui/bytes.ts";
import { toast } from "../../ui/toast.tsx";
import { type Arrived, arrange, type Dropped } from "./arrange.ts";
import { albumTracksQuery, limitsQuery, refreshStudio } from "./queries.ts";

/** Files that were dropped together. */
interface Batch {
  /** The release that they belong to, once there is one. */
  release: string | undefined;
  page: string | undefined;
  folder: string | undefined;
  /** The sound files' uploads in the order of the release. */
  sounds: readonly string[];
  cover: File | undefined;
  /** Uploads whose place has been decided. */
  placed: Set<string>;
  work: Promise<void>;
}

const uploader = new Uploader({
  baseUrl: server.baseUrl,
  session: server.session,
  transport: xhrTransport(),
  web: true,
  prepare: () => queryClient.fetchQuery({ ...meQuery, staleTime: 0 }),
});

const batches = new Map<string, Batch>();
let last = 0;

/** What is sent and was sent since the page was opened; it goes on whatever is looked at meanwhile. */
export const useUploads = create<Uploads & { releases: Readonly<Record<string, string>> }>(() => ({
  ...uploader.state,
  releases: {},
}));

export const { cancel, retry, dismiss } = {
  cancel: (id: string) => uploader.cancel(id),
  retry: (id: string) => uploader.retry(id),
  dismiss: (ids: readonly string[]) => uploader.dismiss(ids),
};

uploader.subscribe((uploads) => {
  useUploads.setState({ files: uploads.files });
  warnBeforeLeaving(uploads.files.some(({ phase }) => ["waiting", "sending", "checking"].includes(phase.is)));
  for (const [id, batch] of batches) {
    const sounds = uploads.files.filter((file) => file.batch === id && batch.sounds.includes(file.id));
    const isOver = sounds.every(({ phase }) => ["done", "failed", "cancelled"].includes(phase.is));
    const fresh = sounds.filter(({ id, phase }) => phase.is === "done" && !batch.placed.has(id));
    announce(id, batch, sounds);
    if (isOver && fresh.length > 0) {
      for (const file of fresh) {
        batch.placed.add(file.id);
      }
      // One after the other: a file that was sent again joins the release that the others became.
      batch.work = batch.work.then(() => place(id, batch, fresh));
    }
  }
});

/** Sends what was dropped: to a release, or to a page where it becomes one. */
export function send(dropped: readonly Dropped[], target: { page?: string; release?: string }): void {
  // What the server is known to refuse is not sent at all; where that is not known, it says so itself.
  const most = queryClient.getQueryData(limitsQuery.queryKey)?.maxBytes ?? Number.POSITIVE_INFINITY;
  const { groups, left } = arrange(dropped);
  leaveOut(left);
  for (const group of groups) {
    const id = `b${++last}`;
    const batch: Batch = {
      release: target.release,
      page: target.page,
      folder: group.folder,
      sounds: [],
      cover: group.cover,
      placed: new Set(),
      work: Promise.resolve(),
    };
    batches.set(id, batch);
    const metadata = {
      ...(target.page ? { artistId: target.page } : {}),
      ...(target.release ? { albumId: target.release } : {}),
    };
    batch.sounds = uploader.add(
      group.sounds.map((file) => ({
        name: file.name,
        size: file.size,
        method: "POST",
        path: "/api/v1/tracks/upload",
        batch: id,
        ...faultOf(file, most),
        form: () => form(file, metadata),
      })),
    );
    if (group.sounds.length > 0 || !group.cover) {
      continue;
    }
    if (target.release) {
      void offerCover(group.cover, target.release);
    } else {
      toast(i18next.t("studio.upload.cover_of_what"));
    }
  }
}

/** What is larger than the server takes is named among what was not taken. */
function faultOf({ size }: File, most: number): { fault?: UploadFault } {
  if (size <= most) {
    return {};
  }
  const unsaid = { title: "", detail: "", type: "", requestId: "" };
  const error = new ApiError({ code: "payload_too_large", status: 413, ...unsaid });
  return { fault: { error, retryable: false } };
}

/** Neither sound nor picture. */
export class LeftOut extends Error {}

/** What came along and is nothing to be heard or seen is named among what was not taken, too. */
function leaveOut(files: readonly File[]): void {
  uploader.add(
    files.map((file) => ({
      name: file.name,
      size: file.size,
      method: "POST",
      path: "/api/v1/tracks/upload",
      fault: { error: new LeftOut(file.name), retryable: false },
      form: () => form(file),
    })),
  );
}

/** A cover of fewer pixels is asked about: it would be blown up. */
const LEAST_PIXELS = 300;

interface SmallCover {
  file: File;
  release: string;
  /** How wide its middle square is, in pixels. */
  side: number;
}

/** The small picture that its artist is asked about. */
export const useSmallCover = create<{ asked: SmallCover | undefined }>(() => ({ asked: undefined }));

/** Sends a picture as the cover of a release, unless it is so small that its artist is to say so first. */
export async function offerCover(file: File, release: string): Promise<string | undefined> {
  const side = await sideOf(file);
  if (side < LEAST_PIXELS) {
    useSmallCover.setState({ asked: { file, release, side } });
    return undefined;
  }
  return sendCover(file, release);
}

/** What cannot be looked at here is the server's to judge. */
async function sideOf(file: File): Promise<number> {
  const picture = await createImageBitmap(file).catch(() => undefined);
  const side = picture ? Math.min(picture.width, picture.height) : Number.POSITIVE_INFINITY;
  picture?.close();
  return side;
}

/** Sends a picture as the cover of a release. */
export function sendCover(file: File, release: string): string | undefined {
  const [id] = uploader.add([
    {
      name: file.name,
      size: file.size,
      method: "PUT",
      path: `/api/v1/albums/${release}/cover`,
      ...faultOf(file, MOST_OF_A_PICTURE),
      form: () => form(file),
    },
  ]);
  const stop = uploader.subscribe(({ files }) => {
    const phase = files.find((each) => each.id === id)?.phase;
    if (!phase || phase.is === "done") {
      stop();
      refreshStudio();
    }
  });
  return id;
}

function form(file: File, metadata?: object): FormData {
  const form = new FormData();
  if (metadata) {
    form.append("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
  }
  form.append("file", file, file.name);
  return form;
}

/** As soon as one file tells which release they are, that can be opened. */
function announce(id: string, batch: Batch, sounds: readonly UploadFile[]): void {
  const release = batch.release ?? arrivals(sounds).find(({ album }) => album)?.album;
  if (release && useUploads.getState().releases[id] !== release) {
    useUploads.setState(({ releases }) => ({ releases: { ...releases, [id]: release } }));
    refreshStudio();
  }
}

function arrivals(files: readonly UploadFile[]): Arrived[] {
  return files.flatMap(({ phase }) => (phase.is === "done" ? (arrived(phase.result) ?? []) : []));
}

/** Finds the release of what has come, or makes it, and puts it into order. */
async function place(id: string, batch: Batch, fresh: readonly UploadFile[]): Promise<void> {
  try {
    const came = arrivals(fresh);
    const release = batch.release ?? (await gather(batch, came));
    if (release) {
      batch.release = release;
      useUploads.setState(({ releases }) => ({ releases: { ...releases, [id]: release } }));
      await number(
        release,
        came.map((each) => each.id),
      );
      if (batch.cover) {
        const cover = batch.cover;
        batch.cover = undefined;
        sendCover(cover, release);
      }
    }
  } catch {
    // The tracks are there; that they are not together is for their artist to see and to mend.
    toast(i18next.t("studio.upload.not_gathered"));
  }
  refreshStudio();
}

async function gather(batch: Batch, came: readonly Arrived[]): Promise<string | undefined> {
  const home = homeOf(came, batch.folder !== undefined);
  if (home.is === "none") {
    return came.find(({ album }) => album)?.album;
  }
  const release =
    home.is === "release"
      ? home.id
      : (
          await ask(
            server.api.POST("/api/v1/albums", {
              body: {
                title: batch.folder ?? i18next.t("studio.release.untitled"),
                artistId: batch.page ?? came[0]?.page ?? null,
              },
            }),
          )
        ).id;
  for (const track of home.ids) {
    await ask(
      server.api.PATCH("/api/v1/tracks/{id}", {
        params: { path: { id: track } },
        body: { albumId: release },
      }),
    );
  }
  return release;
}

/** Gives numbers to those newcomers that have none of their own. */
async function number(release: string, newcomers: readonly string[]): Promise<void> {
  const all = await queryClient.fetchQuery({ ...albumTracksQuery(release), staleTime: 0 });
  const there = all.filter(({ id }) => !newcomers.includes(id));
  const came = newcomers.flatMap((id) => all.find((track) => track.id === id) ?? []);
  for (const { id, discNo, trackNo } of placed(there, came)) {
    await ask(
      server.api.PATCH("/api/v1/tracks/{id}", { params: { path: { id } }, body: { discNo, trackNo } }),
    );
  }
}

/** As much of the server's answer as is needed here. */
function arrived(result: unknown): Arrived | undefined {
  if (typeof result !== "object" || result === null || !("id" in result) || typeof result.id !== "string") {
    return undefined;
  }
  const album = "album" in result ? idOf(result.album) : undefined;
  const page = "artist" in result ? idOf(result.artist) : undefined;
  return { id: result.id, album, page };
}

function idOf(value: unknown): string | undefined {
  const has = typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
  return has ? String(value.id) : undefined;
}

function stay(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

let warning = false;

function warnBeforeLeaving(busy: boolean): void {
  if (busy !== warning) {
    warning = busy;
    window[busy ? "addEventListener" : "removeEventListener"]("beforeunload", stay);
  }
}

/** Whether a file is a picture that can be a cover. */
export function isPicture(file: File): boolean {
  return kindOf(file) === "picture";
}
