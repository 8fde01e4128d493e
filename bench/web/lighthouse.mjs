// What Lighthouse says of the first screen on a telephone: the median of three.
import lighthouse from "lighthouse";
import { launch, median, row, withDemo } from "./demo.mjs";

const PORT = 9333;

await withDemo(async (base) => {
  const runs = [];
  for (let run = 0; run < 3; run++) {
    // A browser of its own each time: nothing is kept from the one before.
    const browser = await launch(`--remote-debugging-port=${PORT}`);
    const { lhr } = await lighthouse(`${base}/`, {
      port: PORT,
      logLevel: "error",
      onlyCategories: ["performance", "accessibility"],
    });
    await browser.close();
    runs.push(lhr);
    const of = (audit) => Math.round(lhr.audits[audit].numericValue);
    console.log(
      `lighthouse: performance ${Math.round(lhr.categories.performance.score * 100)}, first ${of("first-contentful-paint")} ms, ` +
        `largest ${of("largest-contentful-paint")} ms, blocked ${of("total-blocking-time")} ms, ` +
        `shift ${lhr.audits["cumulative-layout-shift"].numericValue.toFixed(3)}`,
    );
    for (const { id } of lhr.categories.accessibility.auditRefs) {
      const { score, title } = lhr.audits[id];
      if (score !== null && score < 1) console.log(`  accessibility: ${title}`);
    }
  }
  const score = (category) => Math.round(median(runs.map((lhr) => lhr.categories[category].score)) * 100);
  row("web: Lighthouse, performance", score("performance"), 95, "", { least: true });
  row("web: Lighthouse, accessibility", score("accessibility"), 100, "", { exact: true });
});
