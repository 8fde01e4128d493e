// When the largest thing on the screen is there, on a slow telephone with a slow line: a fourth of this processor, 1.6 Mb/s and
// 150 ms there and back. Median of three first visits.
import { launch, median, row, withDemo } from "./demo.mjs";

await withDemo(async (base) => {
  const { items } = await (await fetch(`${base}/api/v1/albums?limit=1`)).json();
  for (const [name, address] of [
    ["the first screen", "/"],
    ["a release", `/r/${items[0].id}`],
  ]) {
    const found = [];
    for (let run = 0; run < 3; run++) found.push(await visit(`${base}${address}`));
    const of = (figure) => median(found.map((each) => each[figure]));
    console.log(
      `${name}: first paint ${Math.round(of("fcp"))} ms, largest ${Math.round(of("lcp"))} ms (${found[0].what}), ` +
        `shift ${of("shift").toFixed(3)}, ${Math.round(of("bytes") / 1000)} kB`,
    );
    row(`web: LCP of ${name}`, of("lcp") / 1000, 2, " s");
  }
});

async function visit(address) {
  const browser = await launch();
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  const system = await page.context().newCDPSession(page);
  await system.send("Network.enable");
  await system.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 150,
    downloadThroughput: 1_600_000 / 8,
    uploadThroughput: 750_000 / 8,
  });
  await system.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let bytes = 0;
  system.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.addInitScript(() => {
    window.seen = { lcp: 0, fcp: 0, shift: 0, what: "" };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        window.seen.lcp = entry.startTime;
        window.seen.what = entry.element?.tagName ?? "";
      }
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByName("first-contentful-paint")) window.seen.fcp = entry.startTime;
    }).observe({ type: "paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(address, { waitUntil: "load" });
  // What is larger may come later.
  await page.waitForTimeout(4000);
  const seen = await page.evaluate(() => window.seen);
  await browser.close();
  return { ...seen, bytes };
}
