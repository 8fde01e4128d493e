// A phone that lies on its side: hardly any height, and all of it is for what the screen is about.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { admin, base, browser, fine, logIn, still, until, visitor } from "./browser.mjs";

let chrome;
let album;
before(async () => {
  chrome = await browser();
  const { items } = await (await fetch(`${base}/api/v1/albums?limit=50`)).json();
  album = items.find(({ title }) => title.startsWith("Slow Boats"));
});
after(() => chrome?.close());

const player = (page) => page.getByRole("region", { name: "Player", exact: true });
const nav = (page) => page.getByRole("navigation", { name: "Main" });

/** Nothing of it is covered or outside of what `frame` shows. */
async function whole(what, locator, frame) {
  const [box, room] = [await locator.boundingBox(), await frame.boundingBox()];
  assert.ok(
    box.y >= room.y - 1 &&
      box.y + box.height <= room.y + room.height + 1 &&
      box.x >= room.x - 1 &&
      box.x + box.width <= room.x + room.width + 1,
    `${what}: ${JSON.stringify(box)} in ${JSON.stringify(room)}`,
  );
}

/** What has the focus is what is seen and pressed at its place. */
const isOnTop = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const { x, y, width, height } = at.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    return at.contains(top) || Boolean(top?.contains(at));
  });

test("upright, too, the queue ends where the player begins", async () => {
  const page = await visitor(chrome, { viewport: { width: 390, height: 844 } });
  await page.goto(`/r/${album.id}`);
  await page.getByRole("main").getByRole("button", { name: "Play", exact: true }).click();
  await player(page).getByRole("button", { name: "Queue", exact: true }).filter({ visible: true }).click();
  const queue = page.getByRole("complementary", { name: "Queue" });
  await queue.waitFor();
  const [panel, bar] = [await queue.boundingBox(), await player(page).boundingBox()];
  assert.ok(Math.abs(panel.y + panel.height - bar.y) <= 1, `${panel.y + panel.height}, ${bar.y}`);
  await page.context().close();
});

test("in a wide and low window the player is in sight", async () => {
  const page = await visitor(chrome, { viewport: { width: 1024, height: 420 } });
  await logIn(page, admin);
  await page.goto(`/r/${album.id}`);
  await page.getByRole("main").getByRole("button", { name: "Play", exact: true }).click();
  const pause = player(page).getByRole("button", { name: "Pause", exact: true }).filter({ visible: true });
  await pause.waitFor();
  const { y, height } = await pause.boundingBox();
  assert.ok(y + height <= 420, `${y + height}`);
  await page.context().close();
});

describe("on its side", () => {
  for (const viewport of [
    { width: 844, height: 390 },
    { width: 740, height: 360 },
  ]) {
    for (const colorScheme of ["dark", "light"]) {
      test(`${viewport.width} × ${viewport.height}, ${colorScheme}`, async () => {
        const look = { colorScheme, viewport };
        const page = await visitor(chrome, { ...look, reducedMotion: "reduce" });
        await logIn(page, admin);
        const main = page.getByRole("main");

        await page.goto(`/r/${album.id}`);
        const play = main.getByRole("button", { name: "Play", exact: true });
        await play.click();
        await player(page).getByRole("button", { name: "Pause", exact: true }).waitFor();
        await still(page);
        const { height } = await main.boundingBox();
        assert.ok(height >= viewport.height * 0.8, `${height} px are left for the screen`);
        await main.evaluate((element) => element.scrollTo(0, 0));
        await whole("the release's button", main.getByRole("button", { name: "Shuffle" }), main);
        for (const name of ["Pause", "Next track", "Queue"]) {
          const button = player(page).getByRole("button", { name, exact: true }).filter({ visible: true });
          await whole(name, button, player(page));
        }
        for (const name of ["Listen", "Account"]) {
          await whole(
            name,
            nav(page).getByRole("link", { name }).filter({ visible: true }),
            page.locator("body"),
          );
        }
        await fine(page, "sideways-release", look);

        await player(page)
          .getByRole("button", { name: "Queue", exact: true })
          .filter({ visible: true })
          .click();
        const queue = page.getByRole("complementary", { name: "Queue" });
        await queue.getByRole("row", { name: /Tidewater/ }).waitFor();
        const [panel, bar] = [await queue.boundingBox(), await player(page).boundingBox()];
        assert.ok(Math.abs(panel.y + panel.height - bar.y) <= 1, "the queue ends where the player begins");
        await fine(page, "sideways-queue", look);
        await page.keyboard.press("Escape");

        await player(page).getByRole("link", { name: "Open the player" }).click();
        await main.getByRole("heading", { level: 1, name: "Before the Ferries" }).waitFor();
        for (const name of ["Pause", "Next track", "Queue", "Shuffle"]) {
          await whole(name, main.getByRole("button", { name: new RegExp(`^${name}`) }), main);
        }
        await whole("the heart", main.getByRole("button", { name: /^Like/ }), main);
        await fine(page, "sideways-now", look);

        await nav(page).getByRole("link", { name: "Listen" }).filter({ visible: true }).click();
        await main.getByRole("heading", { level: 1 }).waitFor();
        await still(page);
        await whole("home's button", main.getByRole("button", { name: "Play", exact: true }).first(), main);
        await fine(page, "sideways-home", look);

        // By keyboard through a form: what has the focus is never behind something else.
        await page.goto("/settings");
        await still(page);
        await page.getByLabel("Username").focus();
        for (let step = 0; step < 25; step++) {
          await until(`step ${step}: it is covered`, () => isOnTop(page));
          await page.keyboard.press("Tab");
        }
        await page.context().close();
      });
    }
  }
});
