import { setTimeout as sleep } from "node:timers/promises";
import { browser, join, until, visitor } from "./e2e/browser.mjs";

const chrome = await browser();
const page = await visitor(chrome);
page.on("console", (m) => {
  if (m.type() !== "debug") console.log("console:", m.type(), m.text().slice(0, 300));
});
page.on("websocket", (ws) => {
  if (!ws.url().includes("/ws/stream")) return;
  console.log("WS open");
  ws.on("framesent", (f) => console.log(">", String(f.payload).slice(0, 130)));
  ws.on("framereceived", (f) => console.log("<", String(f.payload).slice(0, 160)));
  ws.on("close", () => console.log("WS close"));
});
page.on("response", (r) => {
  if (/\/stream(\?|$)/.test(r.url()))
    console.log("bytes", r.status(), r.headers()["content-range"], r.headers()["x-resonance-preview"] ?? "");
});
await join(page);
await page.goto("/");
await sleep(3000);
const items = (await page.evaluate(async () => (await fetch("/api/v1/tracks?limit=50")).json())).items;
const neon = items.find((t) => t.title.startsWith("Neon"));
await page.evaluate(async () => {
  await fetch("/api/v1/dev/faucet", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ amount: "5000000" }),
  });
});
await page.goto(`/t/${neon.id}`);
await page.getByRole("button", { name: /^Play/ }).first().click();
await sleep(1500);
await page.screenshot({ path: "/tmp/player-pics/first.png" });
await page.getByRole("dialog").getByRole("button", { name: "Play", exact: true }).click();
for (let i = 0; i < 4; i++) {
  await sleep(1000);
  console.log(
    await page.evaluate(() => [
      document.querySelector("[data-spent]")?.textContent,
      document.querySelector("[data-meter]")?.innerText,
    ]),
  );
}
await page.screenshot({ path: "/tmp/player-pics/running.png" });
await sleep(9500);
await page.screenshot({ path: "/tmp/player-pics/balance.png" });
console.log(page.wrong);
await chrome.close();
