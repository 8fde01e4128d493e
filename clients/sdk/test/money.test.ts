import { describe, expect, it } from "vitest";
import { exact, parse, sum, times } from "../src/money.ts";

const beat = (amount: string) => ({ asset: "BEAT", amount });

describe("money", () => {
  it("is shown exactly, never rounded", () => {
    expect(exact(beat("250000"))).toBe("0.25");
    expect(exact(beat("1"))).toBe("0.000001");
    expect(exact(beat("1000000"))).toBe("1.00");
    expect(exact(beat("-21500000"))).toBe("−21.50");
    expect(exact({ asset: "BTN", amount: "123456789012345678" })).toBe("1234567890.12345678");
    expect(exact({ asset: "JPY", amount: "120" })).toBe("120");
    expect(exact(beat("0"), 0)).toBe("0");
  });

  it("keeps amounts beyond what a float holds", () => {
    expect(times(beat("9007199254740993"), 3).amount).toBe("27021597764222979");
    expect(sum("BEAT", [beat("9007199254740993"), beat("2")]).amount).toBe("9007199254740995");
    expect(() => sum("BEAT", [{ asset: "BTN", amount: "1" }])).toThrow(RangeError);
  });

  it("reads what people type", () => {
    expect(parse("BEAT", "0.25")?.amount).toBe("250000");
    expect(parse("BEAT", " 12,5 ")?.amount).toBe("12500000");
    expect(parse("BEAT", "0.0000001")).toBeUndefined();
    expect(parse("BEAT", "-1")).toBeUndefined();
    expect(parse("BEAT", "1e3")).toBeUndefined();
    expect(parse("USD", "3")?.amount).toBe("300");
  });
});
