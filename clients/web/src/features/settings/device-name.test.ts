import { expect, it } from "vitest";
import { deviceName } from "./device-name.ts";

it("names a browser and its system, and leaves what is no browser as it is", () => {
  const of = (system: string, rest: string) => deviceName(`Mozilla/5.0 (${system}) ${rest}`);
  const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
  expect(of("X11; Linux x86_64", `${webkit} HeadlessChrome/141.0.0.0 Safari/537.36`)).toBe("Chrome, Linux");
  expect(of("Windows NT 10.0; Win64; x64", `${webkit} Chrome/141.0.0.0 Safari/537.36 Edg/141.0`)).toBe(
    "Edge, Windows",
  );
  expect(of("Macintosh; Intel Mac OS X 10.15; rv:145.0", "Gecko/20100101 Firefox/145.0")).toBe(
    "Firefox, Mac",
  );
  expect(
    of(
      "iPhone; CPU iPhone OS 18_0 like Mac OS X",
      "AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
    ),
  ).toBe("Safari, iPhone");
  expect(of("Linux; Android 15", `${webkit} Chrome/141.0.0.0 Mobile Safari/537.36`)).toBe("Chrome, Android");
  expect(deviceName("resonance-cli 0.1")).toBe("resonance-cli 0.1");
  expect(deviceName("")).toBe("");
});
