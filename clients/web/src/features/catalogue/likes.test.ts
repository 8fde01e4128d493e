import { beforeEach, describe, expect, it, vi } from "vitest";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { toggleLike } from "./likes.ts";

const asked = vi.hoisted((): string[] => []);

vi.mock("../../app/client.ts", () => {
  const answer = (method: string, liked: boolean) => () => {
    asked.push(method);
    return Promise.resolve({ data: { liked, likeCount: liked ? 1 : 0 }, response: new Response() });
  };
  return { server: { api: { PUT: answer("PUT", true), DELETE: answer("DELETE", false) } } };
});

const track = { id: "t", liked: false, likeCount: 0 };
const listens = (userId: string | null) => queryClient.setQueryData(["me"], userId && { userId });

describe("what was liked on this page", () => {
  beforeEach(() => {
    asked.length = 0;
  });

  it("holds when only now it is known who listens, and while that is looked up again", async () => {
    await toggleLike(track);
    listens("ana");
    await queryClient.invalidateQueries(meQuery);
    listens("ana");
    // It is liked, so that a press takes it back.
    await toggleLike(track);
    expect(asked).toEqual(["PUT", "DELETE"]);
  });

  it("is none of another account's", async () => {
    await toggleLike(track);
    listens("ben");
    await toggleLike(track);
    listens(null);
    await toggleLike(track);
    expect(asked).toEqual(["PUT", "PUT", "PUT"]);
  });
});
