import { act, cleanup, render } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import studio from "../../i18n/en/studio.json";
import { type Autosave, useAutosave, useUnsaved } from "./autosave.ts";

const { toast } = vi.hoisted(() => ({ toast: vi.fn<(text: string) => void>() }));
vi.mock("../../ui/toast.tsx", () => ({ toast }));

beforeAll(async () => {
  const interpolation = { escapeValue: false };
  await i18next.init({ lng: "en", resources: { en: { translation: { studio } } }, interpolation });
});
afterEach(() => {
  cleanup();
  toast.mockClear();
});

/** A field with this in it, which may not be empty. */
function open(value: string) {
  const save = vi.fn(async () => {});
  let auto: Autosave<string> | undefined;
  function Field() {
    auto = useAutosave({
      field: "track/title",
      value,
      check: (text) => (text === "" ? "A title is needed." : undefined),
      save,
      load: async () => value,
    });
    return null;
  }
  const { unmount } = render(<Field />);
  return {
    save,
    leave: unmount,
    type: (text: string) => act(() => auto?.set(text)),
    wrong: () => auto?.wrong,
  };
}

it("what is emptied and left says why it is as before", () => {
  const field = open("Slow Ferry");
  field.type("");
  expect(field.wrong()).toBe("A title is needed.");
  expect(useUnsaved.getState().fields).toEqual({ "track/title": "failed" });
  field.leave();
  expect(toast).toHaveBeenCalledExactlyOnceWith("A title is needed. It stays “Slow Ferry”.");
  expect(useUnsaved.getState().fields).toEqual({});
  expect(field.save).not.toHaveBeenCalled();
});

it("what is whole and left is saved without a word", async () => {
  const field = open("Slow Ferry");
  field.type("Slower Ferry");
  field.leave();
  await vi.waitFor(() => expect(field.save).toHaveBeenCalledExactlyOnceWith("Slower Ferry"));
  expect(toast).not.toHaveBeenCalled();
});
