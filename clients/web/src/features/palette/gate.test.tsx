import { act, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { PaletteGate } from "./gate.tsx";

vi.mock("./palette.tsx", () => ({ default: () => <p>Palette</p> }));

const press = (target: EventTarget, key: string, shiftKey = false) =>
  act(async () => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
  });

test("a slash opens the palette, but not in a field, where it is a slash", async () => {
  render(
    <>
      <input />
      <PaletteGate />
    </>,
  );
  await press(screen.getByRole("textbox"), "/");
  expect(screen.queryByText("Palette")).toBeNull();
  // Where a German keyboard has it.
  await press(document.body, "/", true);
  await screen.findByText("Palette");
});
