import { afterEach, expect, it, vi } from "vitest";
import { addressOfMissing, isMissingPart, stayOffline } from "./missing-part.ts";

afterEach(() => void vi.unstubAllGlobals());
stayOffline();

/** As the bundler's loader says that it failed. */
function fail(onLine: boolean): TypeError {
  vi.stubGlobal("navigator", { onLine });
  const payload = new TypeError(
    "Failed to fetch dynamically imported module: http://music.test/assets/crate.js",
  );
  window.dispatchEvent(Object.assign(new Event("vite:preloadError"), { payload }));
  return payload;
}

it("without a network a missing part is no reason for the router to load the page anew", () => {
  const error = fail(false);
  expect(error.message).not.toMatch(/^Failed to fetch dynamically imported module/);
  expect(isMissingPart(error)).toBe(true);
  expect(addressOfMissing(error)).toBe("http://music.test/assets/crate.js");
});

it("with one it may be a newer version that is there", () => {
  const error = fail(true);
  expect(error.message).toMatch(/^Failed to fetch dynamically imported module/);
  expect(isMissingPart(error)).toBe(true);
});
