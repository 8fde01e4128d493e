// What lists and sleeves do for who points at them, and that they stay as they are meanwhile; what a log-out leaves behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, join, until, visitor } from "./browser.mjs";

let chrome;
before(async () => {
  chrome = await browser();
});
after(() => chrome.close());

const opacity = (of) => of.evaluate((element) => getComputedStyle(element).opacity);
const player = (page) => page.getByRole("region", { name: "Player", exact: true });
const list = (page, name) => page.getByRole("grid", { name });
/** Plays the row until it can be heard for a second and more, which is a play. */
async function hear(page, row) {
  const title = await row.locator(".one-line").first().innerText();
  await row.locator(".one-line").first().click();
  await player(page).getByText(title).first().waitFor();
  await until(`${title} is not heard`, async () => /0:0[2-9]/.test(await player(page).innerText()));
  return title;
}

test("who points at a sleeve or at a row sees what it does", async () => {
  const page = await visitor(chrome, { locale: "en" });
  await page.goto("/");
  const sleeve = page.getByRole("list", { name: "New releases" }).getByRole("listitem").first();
  const play = sleeve.getByRole("button", { name: /^Play/ });
  const row = list(page, "New on this server").getByRole("row").nth(1);
  const heart = row.getByRole("button", { name: /^Like/ });
  await heart.waitFor();
  assert.deepEqual([await opacity(play), await opacity(heart)], ["0", "0"]);
  await sleeve.hover();
  await until("the sleeve has no button", async () => (await opacity(play)) === "1");
  await row.hover();
  await until("the row has no heart", async () => (await opacity(heart)) === "1");
  assert.equal(await opacity(play), "0");
  await page.context().close();
});

test("a list stays as it is while one plays from it", async () => {
  const page = await visitor(chrome, { locale: "en" });
  await join(page);
  await page.goto("/");
  const free = list(page, "New on this server").getByRole("row").filter({ hasText: "free" });
  for (const nth of [0, 1, 2]) {
    await hear(page, free.nth(nth));
  }
  await page.getByRole("link", { name: "Search", exact: true }).first().click();
  await page.getByRole("searchbox").waitFor();
  await page.getByRole("link", { name: "Listen", exact: true }).first().click();
  const recent = list(page, "Heard of late").getByRole("row");
  await until("not both are there", async () => (await recent.count()) >= 2);
  const titles = () =>
    list(page, "Heard of late").locator("[role=row] .font-medium, [role=row] .font-bold").allInnerTexts();
  const before = await titles();
  const last = before.length - 1;
  await recent.nth(last).focus();
  await page.keyboard.press(" ");
  await player(page).getByText(before[last]).first().waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await player(page)
    .getByText(before[last - 1])
    .first()
    .waitFor();
  await page.waitForTimeout(1_500);
  assert.deepEqual(await titles(), before);
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  assert.ok(focused?.includes(before[last - 1]), focused);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a log-out leaves nothing in the player, in no page of the browser", async () => {
  const page = await visitor(chrome, { locale: "en" });
  await join(page);
  const other = await page.context().newPage();
  await other.goto("/");
  const title = await hear(
    other,
    list(other, "New on this server").getByRole("row").filter({ hasText: "free" }).first(),
  );
  await page.goto("/settings");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  for (const each of [page, other]) {
    await each.getByRole("link", { name: "Log in" }).first().waitFor();
    await until(
      "the player has something",
      async () =>
        !(
          await player(each)
            .innerText()
            .catch(() => "")
        ).includes(title),
    );
  }
  await other.reload();
  await other.getByRole("link", { name: "Log in" }).first().waitFor();
  await page.waitForTimeout(500);
  assert.ok(
    !(
      await player(other)
        .innerText({ timeout: 500 })
        .catch(() => "")
    ).includes(title),
  );
  await page.context().close();
});
