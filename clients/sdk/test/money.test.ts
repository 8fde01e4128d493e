import { describe, expect, it } from "vitest";
import { exact, parse, read, readings, shown, sum, times, written } from "../src/money.ts";

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

  it("is written as its reader writes figures", () => {
    expect(shown(beat("1234567890000"), "en")).toBe("1,234,567.89");
    expect(shown(beat("-1234500000"), "de")).toBe("−1.234,50");
    expect(shown(beat("250000"), "de")).toBe("0,25");
    expect(shown({ asset: "JPY", amount: "12000" }, "de")).toBe("12.000");
    expect(shown({ asset: "BTN", amount: "123456789012345678" }, "en")).toBe("1,234,567,890.12345678");
  });

  it("takes no figure for one of its two readings", () => {
    for (const text of ["1,000", "1.000", " 12,500 ", "1.125"]) {
      expect(read("BEAT", text)).toBe("ambiguous");
      expect(parse("BEAT", text)).toBeUndefined();
    }
    expect(parse("BEAT", "0.125")?.amount).toBe("125000");
    expect(parse("BEAT", "00,125")?.amount).toBe("125000");
    expect(parse("BEAT", "1.0000")?.amount).toBe("1000000");
    expect(parse("BEAT", "1000")?.amount).toBe("1000000000");
    expect(read("BEAT", "1,000,000")).toBe("no_figure");
    expect(read("BEAT", "12.3456789")).toBe("too_fine");
    expect(read("BEAT", "9999999999999.5")).toBe("too_large");
  });

  it("says how each reading is written", () => {
    expect(readings("1,000", "en")).toEqual({ large: "1000", small: "1.00" });
    expect(readings("12.125", "de")).toEqual({ large: "12125", small: "12,1250" });
    for (const text of ["1,000", "1.500", "2.050", "12.125"]) {
      const { large, small } = readings(text, "de");
      expect(parse("BEAT", large)?.amount).toBe(`${large}000000`);
      expect(parse("BEAT", small)).toBeDefined();
    }
  });

  it("stands in a field so that it is read as the same", () => {
    for (const amount of ["0", "1", "125000", "1000000", "1125000", "12345678", "1234567000000"]) {
      for (const language of ["en", "de"]) {
        expect(parse("BEAT", written(beat(amount), language))?.amount).toBe(amount);
      }
    }
    expect(written(beat("1500000"), "de")).toBe("1,5");
    expect(written(beat("1125000"), "en")).toBe("1.1250");
  });
});
