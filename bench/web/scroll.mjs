// The longest frame while 20,000 rows rush by. Median of three.
import { launch, median, row, withDemo } from "./demo.mjs";

await withDemo(async (base) => {
  const { items } = await (await fetch(`${base}/api/v1/tracks?limit=1`)).json();
  const browser = await launch();
  const frames = [];
  let most = 0;
  for (let run = 0; run < 3; run++) {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    await page.route("**/api/v1/tracks?*", (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
      const rows = Array.from({ length: 10_000 }, (_, n) => ({
        ...items[0],
        id: `00000000-0000-7000-8000-${String(from + n).padStart(12, "0")}`,
        title: `Track ${from + n}`,
      }));
      return route.fulfill({ json: { items: rows, ...(from === 0 && { nextCursor: "10000" }) } });
    });
    await page.goto(`${base}/crate?tab=tracks`);
    await page.getByRole("row", { name: /Track 0/ }).waitFor();
    const bottom = () =>
      page.evaluate(() => document.getElementById("content").scrollTo({ top: 1e9, behavior: "instant" }));
    await bottom();
    await page
      .getByRole("row", { name: /Track 10\d\d\d/ })
      .first()
      .waitFor();
    await bottom();
    await page.getByRole("row", { name: /Track 19999/ }).waitFor();
    const { worst, rows } = await page.evaluate(async () => {
      const frame = document.getElementById("content");
      let [worst, rows, last] = [0, 0, performance.now()];
      for (let step = 0; step < 240; step++) {
        frame.scrollTop -= 1500;
        const now = await new Promise(requestAnimationFrame);
        worst = Math.max(worst, now - last);
        rows = Math.max(rows, document.querySelectorAll("[role=row]").length);
        last = now;
      }
      return { worst, rows };
    });
    console.log(`scroll: longest frame ${worst.toFixed(0)} ms, ${rows} rows in the document`);
    frames.push(worst);
    most = Math.max(most, rows);
    await page.context().close();
  }
  await browser.close();
  row("web: longest frame, 20,000 rows", median(frames), 100, " ms");
  row("web: rows in the document", most, 60);
});
