import { queue as queues } from "@resonance/sdk";
import { render } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useGlobalKeys } from "./keys.tsx";
import { type Track, usePlayer } from "./player.ts";

const press = (key: string, shiftKey = false) =>
  window.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, cancelable: true }));

const deeds = { seek: vi.fn(), setVolume: vi.fn(), next: vi.fn(), setShuffled: vi.fn(), change: vi.fn() };

function Keys() {
  return useGlobalKeys();
}

test("a sign is the same key whether a keyboard has it with Shift or without", () => {
  usePlayer.setState({ ...deeds, current: { id: "a", durationMs: 60_000 } as Track });
  render(<Keys />);
  press(";");
  // Where a German keyboard has it.
  press(";", true);
  expect(deeds.seek).toHaveBeenCalledTimes(2);
  press("+", true);
  press("=");
  expect(deeds.setVolume).toHaveBeenCalledTimes(2);
  press("n");
  expect(deeds.next).not.toHaveBeenCalled();
  press("N", true);
  expect(deeds.next).toHaveBeenCalledOnce();
});

test("S shuffles, R repeats", () => {
  press("s");
  expect(deeds.setShuffled).toHaveBeenCalledExactlyOnceWith(true);
  press("r");
  const change = deeds.change.mock.lastCall?.[0];
  expect(change(queues.empty()).repeat).toBe("all");
});
