import { expect, it } from "vitest";
import { bytes, MOST_OF_A_PICTURE } from "./bytes.ts";

it("says a limit as whoever set it wrote it", () => {
  const sizes = [0, 1023, 20_480, 52_428_800, MOST_OF_A_PICTURE, 20 * 1024 ** 3, 5000 * 1024 ** 3];
  expect(sizes.map((size) => bytes(size, "en"))).toEqual([
    "0 byte",
    "1,023 byte",
    "20 kB",
    "50 MB",
    "10 MB",
    "20 GB",
    "5,000 GB",
  ]);
  expect(bytes(1.5 * 1024 ** 2, "de")).toBe("1,5 MB");
});
