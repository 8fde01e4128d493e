// A listener who goes to many places of a track that costs something: no more of it is sent than may be had unpaid, and what
// to do then is said.
import { after, before, test } from "node:test";
import { browser, fine, join, LOOKS, until, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";

let chrome;
let page;
let track;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  const ask = await asker(await join(page));
  const amount = (beats) => (beats * 1_000_000).toString();
  await ask("POST", "/dev/faucet", { amount: amount(200) });
  const perPlay = { asset: "BEAT", amount: amount(150) };
  await ask("PUT", "/me/spending-caps", { perPlay, perDay: null, perMonth: null, perArtist: null });
  const { items } = await ask("GET", "/tracks?limit=50");
  track = items.find(({ pricePerSecond }) => pricePerSecond?.amount === "1000000");
});

after(() => chrome?.close());

const player = (of = page) => of.getByRole("region", { name: "Player", exact: true });
const tape = () => player().getByRole("slider", { name: "Place in the track" });
const way = () => player().getByRole("button", { name: /^Play from/ });
const spent = async (of = page) => {
  const figures = player(of).locator("[data-spent]");
  return (await figures.count()) > 0 ? Number(await figures.first().getAttribute("data-spent")) : 0;
};
/** Waits until so many seconds more were paid for. */
async function hears(seconds) {
  const before = await spent();
  await until("it is not heard", async () => (await spent()) >= before + seconds * 1_000_000);
}

/** Goes to a place of the track, a part of the whole. */
async function goTo(part) {
  const { x, y, width, height } = await tape().boundingBox();
  await page.mouse.click(x + part * width, y + height / 2);
}

test("who looked at all that is sent unpaid is told so, and led to what can be heard", async () => {
  await page.goto(`/t/${track.id}`);
  await page.getByRole("main").getByRole("button", { name: /^Play/ }).first().click();
  await hears(2);
  const places = [0.8, 0.25, 0.6, 0.4, 0.7, 0.15, 0.5, 0.3, 0.9, 0.75];
  for (const part of [...places, ...places]) {
    const before = await spent();
    await goTo(part);
    await until("it is neither heard nor said why not", async () => {
      return (await way().isVisible()) || (await spent()) > before;
    });
    if (await way().isVisible()) break;
  }
  await player().getByText("This part comes when more of the track is paid for.").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "looking-withheld", each);
  }
  await way().click();
  await hears(3);
  await way().waitFor({ state: "detached" });
});

test("what was not to be had is heard by itself once it is", async () => {
  await page.route(/\/stream(\?|$)/, (route) => route.fulfill({ status: 403 }));
  // It was sent before, so that it may be sent again.
  await goTo(0.01);
  await way().waitFor();
  await page.getByRole("link", { name: "Open the player" }).click();
  await page.getByText("You have looked at as much of this track as can be fetched").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "looking-now", each);
  }
  const before = page.getByRole("main").locator("[data-spent]");
  const figure = Number(await before.getAttribute("data-spent"));
  await page.unroute(/\/stream(\?|$)/);
  await until("it is not heard", async () => Number(await before.getAttribute("data-spent")) > figure);
  await page.getByText("You have looked at as much").waitFor({ state: "detached" });
});

test("whoever goes on in the middle of a track that was never sent to them hears it", async () => {
  const other = await visitor(chrome);
  const ask = await asker(await join(other));
  await ask("POST", "/dev/faucet", { amount: "60000000" });
  await ask("PUT", "/me/now-playing", { trackId: track.id, positionMs: 25_000 });
  await other.goto("/");
  await other
    .getByRole("main")
    .getByRole("button", { name: /^Go on/ })
    .first()
    .click();
  await other.getByRole("dialog").getByRole("button", { name: /^Play/ }).click();
  await until("it is not heard", async () => (await spent(other)) >= 3_000_000);
  await other.context().close();
});
