import { describe, expect, it } from "vitest";
import { NetworkError } from "../src/index.ts";
import { SessionFetch, type Tokens } from "../src/session.ts";
import { type Sending, type Sent, Uploader } from "../src/upload.ts";
import { NOTHING, pace, reduce, share, startable, together, type Uploads } from "../src/uploadstate.ts";

const MB = 1_000_000;
const problem = (status: number, code: string) => ({
  status,
  retryAfter: null,
  body: JSON.stringify({ type: "about:blank", title: code, detail: code, status, code, requestId: "r" }),
});

function files(...ids: string[]): Uploads {
  return reduce(NOTHING, { is: "added", files: ids.map((id) => ({ id, name: `${id}.mp3`, size: MB })) });
}

describe("the state of uploads", () => {
  it("lets two start at a time, in the order in which they came", () => {
    let uploads = files("a", "b", "c", "d");
    expect(startable(uploads)).toEqual(["a", "b"]);
    uploads = reduce(uploads, { is: "started", id: "a", at: 0 });
    uploads = reduce(uploads, { is: "started", id: "b", at: 0 });
    expect(startable(uploads)).toEqual([]);
    uploads = reduce(uploads, { is: "cancelled", id: "a" });
    expect(startable(uploads)).toEqual(["c"]);
  });

  it("tells what has left of the file itself, how fast, and what is left of time", () => {
    let uploads = reduce(files("a"), { is: "started", id: "a", at: 0 });
    const at = (ms: number, sent: number) => {
      uploads = reduce(uploads, { is: "progressed", id: "a", sent, total: 1_100_000, at: ms });
      return uploads.files[0];
    };
    const first = at(100, 110_000);
    expect(first && share(first)).toBeCloseTo(0.1);
    expect(first && pace(first)).toBeUndefined();
    const later = at(1_000, 550_000);
    expect(later && pace(later)).toEqual({ bytesPerSecond: 500_000, secondsLeft: 1 });
    expect(at(2_000, 1_100_000)?.phase).toEqual({ is: "checking" });
    expect(together(uploads.files)).toEqual({ sent: MB, size: MB });
  });

  it("passes over what comes late", () => {
    const gone = reduce(files("a"), { is: "cancelled", id: "a" });
    expect(reduce(gone, { is: "done", id: "a", result: {} })).toBe(gone);
    expect(reduce(gone, { is: "progressed", id: "a", sent: 1, total: 2, at: 1 })).toBe(gone);
    expect(reduce(gone, { is: "done", id: "zz", result: {} })).toBe(gone);
  });

  it("takes away only what is over", () => {
    const uploads = reduce(files("a", "b"), { is: "cancelled", id: "a" });
    expect(reduce(uploads, { is: "dismissed", ids: ["a", "b"] }).files.map(({ id }) => id)).toEqual(["b"]);
  });
});

function uploader(answer: (sending: Sending, n: number) => Promise<Sent>, tokens?: Tokens) {
  let held = tokens;
  const sent: Sending[] = [];
  const session = new SessionFetch({
    baseUrl: "http://s",
    now: Date.now,
    tokens: {
      read: () => held,
      write: (next) => {
        held = next;
      },
    },
    fetch: async () =>
      new Response(JSON.stringify({ user: {}, expiresIn: 900, accessToken: "new", refreshToken: "r1" })),
  });
  const uploads = new Uploader({
    baseUrl: "http://s",
    session,
    transport: (sending) => {
      sent.push(sending);
      return answer(sending, sent.length);
    },
  });
  const order = (name: string) => ({
    name,
    size: MB,
    method: "POST" as const,
    path: "/api/v1/tracks/upload",
    form: () => new FormData(),
  });
  const phases = () => uploads.state.files.map(({ phase }) => phase.is);
  return { uploads, order, sent, phases };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("an uploader", () => {
  it("sends ten files, never more than two at a time", async () => {
    let [running, most] = [0, 0];
    const { uploads, order, phases } = uploader(async () => {
      running += 1;
      most = Math.max(most, running);
      await soon();
      running -= 1;
      return { status: 201, body: '{"id":"t"}', retryAfter: null };
    });
    uploads.add(Array.from({ length: 10 }, (_, n) => order(`${n}.mp3`)));
    await expect.poll(() => phases().every((phase) => phase === "done")).toBe(true);
    expect(most).toBe(2);
  });

  it("keeps a dropped connection apart from a refusal, and sends again when asked", async () => {
    const { uploads, order, phases } = uploader(async (_, n) => {
      if (n === 1) {
        throw new NetworkError("the connection dropped");
      }
      return n === 2 ? problem(422, "unsupported_audio") : { status: 201, body: "{}", retryAfter: null };
    });
    const [first] = uploads.add([order("a.mp3"), order("b.mp3")]);
    await expect.poll(phases).toEqual(["failed", "failed"]);
    const [dropped, refused] = uploads.state.files.map(({ phase }) => phase);
    expect(dropped).toMatchObject({ retryable: true, error: { name: "NetworkError" } });
    expect(refused).toMatchObject({ retryable: false, error: { code: "unsupported_audio" } });
    uploads.retry(first ?? "");
    await expect.poll(phases).toEqual(["done", "failed"]);
  });

  it("names what is known not to be taken, and does not send it", async () => {
    const { uploads, order, phases, sent } = uploader(async () => problem(422, "unsupported_audio"));
    const error = new NetworkError("too large");
    uploads.add([{ ...order("huge.wav"), fault: { error, retryable: false } }, order("a.mp3")]);
    await expect.poll(phases).toEqual(["failed", "failed"]);
    expect(uploads.state.files[0]).toMatchObject({ name: "huge.wav", phase: { error } });
    expect(sent).toHaveLength(1);
  });

  it("does not offer to fill a full disk again", async () => {
    const { uploads, order, phases } = uploader(async () => problem(507, "insufficient_storage"));
    uploads.add([order("a.mp3")]);
    await expect.poll(phases).toEqual(["failed"]);
    expect(uploads.state.files[0]?.phase).toMatchObject({ retryable: false });
  });

  it("renews the log-in that is over and sends the file once more", async () => {
    const { uploads, order, phases, sent } = uploader(
      async ({ headers }) =>
        headers.authorization === "Bearer new"
          ? { status: 201, body: "{}", retryAfter: null }
          : problem(401, "unauthenticated"),
      { accessToken: "old", refreshToken: "r0", expiresAt: Date.now() + 3_600_000 },
    );
    uploads.add([order("a.mp3")]);
    await expect.poll(phases).toEqual(["done"]);
    expect(sent).toHaveLength(2);
  });

  it("gives one up in the middle, goes on with the next, and is not confused by a second try", async () => {
    const { uploads, order, phases } = uploader(
      ({ signal }, n) =>
        new Promise((resolve, reject) => {
          // The first try of the first file is slow to notice that it was given up.
          signal.addEventListener("abort", () => setTimeout(() => reject(signal.reason), 20));
          if (n > 1) {
            setTimeout(() => resolve({ status: 201, body: "{}", retryAfter: null }), 40);
          }
        }),
    );
    const [first] = uploads.add([order("a.mp3"), order("b.mp3"), order("c.mp3")]);
    await soon();
    uploads.cancel(first ?? "");
    expect(phases()[0]).toBe("cancelled");
    uploads.retry(first ?? "");
    await expect.poll(phases).toEqual(["done", "done", "done"]);
  });
});
