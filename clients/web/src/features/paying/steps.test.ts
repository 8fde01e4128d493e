import { expect, it } from "vitest";
import { stepFor } from "./steps.ts";

const B = (beats: number) => ({ asset: "BEAT", amount: String(beats * 1_000_000) });

it("proposes no more than was allowed before, and the rest of a track that ends soon", () => {
  expect(stepFor(B(44), B(2))).toBe("5");
  expect(stepFor(B(44), B(12))).toBe("10");
  expect(stepFor(B(44), B(60))).toBe("50");
  expect(stepFor(undefined, B(25))).toBe("25");
  expect(stepFor(B(44), null)).toBe("25");
  expect(stepFor(B(10), B(2))).toBe("rest");
});
