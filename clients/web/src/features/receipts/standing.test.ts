import { expect, test } from "vitest";
import { standingOf } from "./standing.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const receipt = (status: string, settledAt = "2026-11-21T12:00:00Z", amount = "28000000") => ({
  status,
  settledAt,
  total: { asset: "BEAT", amount },
});
const dismissed = { status: "dismissed", raisedBy: "listener" } as const;

test("what was dismissed is not offered to be contested again", () => {
  expect(standingOf(receipt("settled"), dismissed, now)).toBe("dismissed");
  expect(standingOf(receipt("settled"), { ...dismissed, raisedBy: "instance" }, now)).toBe("dismissed_found");
  expect(standingOf(receipt("settled"), null, now)).toBe("contestable");
});

test("nothing is offered before it is known whether it was contested", () => {
  expect(standingOf(receipt("settled"), undefined, now)).toBe("unknown");
  expect(standingOf(receipt("disputed"), undefined, now)).toBe("disputed");
});

test("nor for what cost nothing, or ended long ago; a decision of then is still told", () => {
  expect(standingOf(receipt("settled", "2026-11-21T12:00:00Z", "0"), null, now)).toBe("too_late");
  expect(standingOf(receipt("settled", "2026-10-01T12:00:00Z"), null, now)).toBe("too_late");
  expect(standingOf(receipt("settled", "2026-10-01T12:00:00Z"), dismissed, now)).toBe("dismissed");
});

test("a refund says who raised it", () => {
  const upheld = { status: "upheld", raisedBy: "instance" } as const;
  expect(standingOf(receipt("refunded"), upheld, now)).toBe("refunded_found");
  expect(standingOf(receipt("refunded"), null, now)).toBe("refunded");
});
