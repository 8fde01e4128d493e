import { describe, expect, it } from "vitest";
import * as queues from "../src/queue.ts";

type Queue = queues.Queue<string>;

const ids = (queue: Queue) => queue.entries.map((entry) => entry.id).join("");
const now = (queue: Queue) => queues.current(queue)?.id;
const playing = (list: string, index = 0): Queue =>
  queues.play(queues.empty<string>(), [...list], index, "somewhere");
const keyOf = (queue: Queue, id: string) => queue.entries.find((entry) => entry.id === id)?.key ?? -1;

describe("a queue", () => {
  it("plays a list from its middle and can go back to what stands before", () => {
    const queue = playing("abcd", 2);
    expect(now(queue)).toBe("c");
    expect(queues.history(queue).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(now(queues.goBack(queue) ?? queue)).toBe("b");
  });

  it("puts what was asked for before the rest of the list, the last asked first", () => {
    const queue = queues.playNext(queues.playNext(playing("abc"), ["x"]), ["y"]);
    expect(ids(queue)).toBe("ayxbc");
    expect(queues.next(queue).map(({ id }) => id)).toEqual(["y", "x"]);
    expect(queues.later(queue).map(({ id }) => id)).toEqual(["b", "c"]);
    expect(ids(queues.enqueue(queue, ["z"]))).toBe("ayxbcz");
  });

  it("begins with what is put into it while it is empty", () => {
    expect(now(queues.enqueue(queues.empty<string>(), ["a", "b"]))).toBe("a");
  });

  it("ends after the last, or begins again, or stays with the one", () => {
    const last = playing("ab", 1);
    expect(queues.advance(last, "ended")).toBeUndefined();
    expect(queues.following(queues.setRepeat(last, "all"), "ended")).toBe(0);
    expect(queues.following(queues.setRepeat(last, "one"), "ended")).toBe(1);
    // Whoever presses "next" wants another one.
    expect(queues.following(queues.setRepeat(last, "one"), "pressed")).toBe(0);
  });

  it("goes on with the one behind when the current one is taken out", () => {
    const queue = playing("abc", 1);
    expect(now(queues.remove(queue, new Set([keyOf(queue, "b")])))).toBe("c");
    expect(now(queues.remove(queue, new Set([keyOf(queue, "b"), keyOf(queue, "c")])))).toBe("a");
    expect(queues.remove(queue, new Set(queue.entries.map(({ key }) => key))).at).toBe(-1);
  });

  it("moves entries, also before one that moves itself, and keeps the current one", () => {
    const queue = playing("abcde", 2);
    const keys = new Set([keyOf(queue, "a"), keyOf(queue, "d")]);
    expect(ids(queues.move(queue, keys, keyOf(queue, "c")))).toBe("badce");
    expect(ids(queues.move(queue, keys, keyOf(queue, "d")))).toBe("bcade");
    expect(ids(queues.move(queue, keys, undefined))).toBe("bcead");
    expect(now(queues.move(queue, keys, undefined))).toBe("c");
    expect(ids(queues.step(queue, keyOf(queue, "b"), 1))).toBe("acbde");
    expect(ids(queues.step(queue, keyOf(queue, "a"), -1))).toBe("abcde");
    expect(ids(queues.bringNext(queue, keyOf(queue, "a")))).toBe("bcade");
  });

  it("shuffles the same way for the same seed, the current one first, and back", () => {
    const queue = playing("abcdefgh", 3);
    const shuffled = queues.shuffle(queue, 42);
    expect(now(shuffled)).toBe("d");
    expect(shuffled.at).toBe(0);
    expect(ids(shuffled)).toBe(ids(queues.shuffle(queue, 42)));
    expect(ids(shuffled)).not.toBe(ids(queues.shuffle(queue, 43)));
    expect(queues.unshuffle(shuffled)).toEqual(queue);
  });

  it("is the same after it was kept on the device", () => {
    const queue = queues.shuffle(queues.playNext(playing("abcdef", 1), ["x", "y"]), 7);
    const again = queues.restore(queues.keep(queue));
    expect(ids(again)).toBe(ids(queue));
    expect(now(again)).toBe(now(queue));
    expect(ids(queues.unshuffle(again))).toBe(ids(queues.unshuffle(queue)));
    expect(again.entries.map(({ asked }) => asked)).toEqual(queue.entries.map(({ asked }) => asked));
  });

  it("bears 20,000 entries", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `t${index}`);
    const begun = performance.now();
    let queue = queues.play(queues.empty<string>(), many, 10_000);
    for (let turn = 0; turn < 20; turn++) {
      queue = queues.step(queue, 15_000 + turn, -1);
      queue = queues.advance(queue, "pressed") ?? queue;
    }
    queue = queues.unshuffle(queues.shuffle(queue, 1));
    expect(queue.entries).toHaveLength(20_000);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

/** Numbers in [0, 1) that are the same in each run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function anyChange(queue: Queue, random: () => number): Queue {
  const pick = () => queue.entries[Math.floor(random() * queue.entries.length)]?.key ?? -1;
  const some = () => Array.from({ length: Math.floor(random() * 3) }, () => `n${Math.floor(random() * 99)}`);
  const changes = [
    () => queues.play(queue, [...some(), ...some(), ...some()], Math.floor(random() * 4)),
    () => queues.playNext(queue, some()),
    () => queues.enqueue(queue, some()),
    () => queues.remove(queue, new Set([pick(), pick()])),
    () => queues.move(queue, new Set([pick(), pick()]), random() < 0.2 ? undefined : pick()),
    () => queues.step(queue, pick(), random() < 0.5 ? 1 : -1),
    () => queues.bringNext(queue, pick()),
    () => queues.jump(queue, pick()),
    () => queues.advance(queue, random() < 0.5 ? "pressed" : "ended") ?? queue,
    () => queues.goBack(queue) ?? queue,
    () => queues.shuffle(queue, Math.floor(random() * 1e9)),
    () => queues.unshuffle(queue),
    () => queues.setRepeat(queue, (["off", "all", "one"] as const)[Math.floor(random() * 3)] ?? "off"),
    () => queues.clear(queue),
    () => queues.restore(queues.keep(queue)),
  ];
  return changes[Math.floor(random() * changes.length)]?.() ?? queue;
}

describe("the queue of another device", () => {
  it("goes on with what plays, in the other order, when that is to stay", () => {
    const queue = playing("abca", 3);
    const key = queues.current(queue)?.key;
    const taken = queues.adopt(queue, [..."xabca"], 1, true);
    expect(ids(taken)).toBe("xabca");
    expect(queues.current(taken)?.key).toBe(key);
    expect(new Set(taken.entries.map((entry) => entry.key)).size).toBe(5);
  });

  it("stands where the other one stood when nothing plays here", () => {
    const taken = queues.adopt(playing("abc", 0), [..."abc"], 2, false);
    expect(now(taken)).toBe("c");
    expect(queues.adopt(playing("abc"), [], -1, false).at).toBe(-1);
    expect(now(queues.adopt(playing("abc"), [..."xyz"], 9, true))).toBe("z");
  });

  it("changes nothing where it is the same", () => {
    const shuffled = queues.shuffle(playing("abcdef", 2), 5);
    expect(
      queues.adopt(
        shuffled,
        shuffled.entries.map((entry) => entry.id),
        4,
        true,
      ),
    ).toBe(shuffled);
  });
});

describe("whatever is done to a queue", () => {
  it.each(Array.from({ length: 40 }, (_, index) => index + 1))("it holds together (%i)", (run) => {
    const random = chance(run);
    let queue = playing("abcdefgh", 3);
    for (let turn = 0; turn < 150; turn++) {
      const before = queue;
      const frozen = JSON.stringify(before);
      queue = anyChange(queue, random);
      expect(JSON.stringify(before)).toBe(frozen);
      const keys = queue.entries.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(Math.max(0, ...keys)).toBeLessThan(queue.fresh);
      expect(queue.at).toBeLessThan(queue.entries.length);
      expect(queue.at >= 0).toBe(queue.entries.length > 0);
      if (queue.unshuffled) {
        expect(queue.unshuffled.map(({ key }) => key).sort()).toEqual([...keys].sort());
        expect(queues.current(queues.unshuffle(queue))?.key).toBe(queues.current(queue)?.key);
      }
      expect([...queues.history(queue), ...queues.next(queue), ...queues.later(queue)].length).toBe(
        Math.max(0, keys.length - 1),
      );
    }
  });
});
