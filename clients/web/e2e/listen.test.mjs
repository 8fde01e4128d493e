// A listener's way through the app, and what its lists, keys and addresses promise.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, browser, fine, join, LOOKS, logIn, objections, until, visitor } from "./browser.mjs";

let chrome;
before(async () => {
  chrome = await browser();
});
after(() => chrome.close());

const account = { name: `nora${process.pid}`, password: "Quietly7Humming" };
const path = (page) => page.evaluate(() => location.pathname + location.search);

test("joins, finds a track with a typo, plays it, leaves and comes back", async () => {
  const page = await visitor(chrome);
  await page.goto("/join?next=/search");

  await page.getByLabel("E-mail").fill(`${account.name}@example.com`);
  await page.getByLabel("Username").fill(account.name);
  await page.getByLabel("Password", { exact: true }).fill("password1");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("among the first that anybody would try").waitFor();
  // The field that is wrong has the focus.
  await page.waitForFunction(() => document.activeElement?.getAttribute("type") === "password");
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL("**/search");

  await page.getByRole("searchbox").fill("Tidewatr");
  const row = page.getByRole("row", { name: /Tidewater/ }).first();
  await row.waitFor();
  assert.equal(await path(page), "/search?q=Tidewatr");
  assert.match(await page.title(), /Tidewatr/);

  await row.getByRole("button", { name: "More for Tidewater" }).click();
  await page.getByRole("menuitem", { name: "Go to release" }).click();
  await page.waitForURL("**/r/*");
  await page.getByRole("heading", { level: 1, name: "Slow Boats, Still Water" }).waitFor();
  // The new screen's heading has the focus.
  await page.waitForFunction(() => document.activeElement?.textContent === "Slow Boats, Still Water");

  await page.locator("#content").getByRole("button", { name: "Play", exact: true }).click();
  await page.locator("[role=row][aria-current=true]").waitFor();
  assert.match(await page.locator("[role=row][aria-current=true]").textContent(), /Before the Ferries/);
  await page.locator("#content").getByRole("button", { name: "Pause", exact: true }).click();

  await page.getByRole("link", { name: account.name }).click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("link", { name: "Log in" }).first().waitFor();

  await page.goto("/login?next=%2Fcrate%3Ftab%3Dtracks");
  await page.getByLabel("E-mail or username").fill(account.name);
  await page.getByLabel("Password", { exact: true }).fill("Wrong-password-1");
  await page.locator("form").getByRole("button", { name: "Log in" }).click();
  await page.getByText("The name or the password is wrong.").waitFor();
  // Who has forgotten it is told whom to ask, by the keyboard too.
  await page.locator("summary", { hasText: "Forgotten your password?" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Ask whoever runs this server").waitFor();
  await page.getByText("resonance user password NAME").waitFor();
  assert.deepEqual(await objections(page), []);
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/crate?tab=tracks");
  await page.getByRole("row", { name: /Tidewater/ }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a preview says where it ends, and leads to the log-in and back", async () => {
  // Somebody who has left nothing elsewhere that a resting player would take up.
  const home = await visitor(chrome);
  const somebody = await join(home);
  await home.context().close();
  const page = await visitor(chrome);
  const { items } = await (await page.context().request.get(`${base}/api/v1/tracks?limit=50`)).json();
  const { id } = items.find(({ pricePerSecond }) => pricePerSecond?.amount === "1000000");
  const player = page.getByRole("region", { name: "Player", exact: true });
  const way = player.getByRole("link", { name: "Log in to hear all of it" });
  await page.goto(`/t/${id}`);
  await page.getByRole("main").getByRole("button", { name: /^Play/ }).first().click();
  await way.waitFor();
  const tape = player.getByRole("slider", { name: "Place in the track" });
  const { width, height } = await tape.boundingBox();
  await tape.click({ position: { x: width * 0.8, y: height / 2 } });
  await player.getByText(/^The preview ends at 0:\d\d\.$/).waitFor();
  // Its end says the same.
  await page.keyboard.press("Home");
  await player.getByText("The preview ends at").waitFor({ state: "detached" });
  await tape.click({ position: { x: width * 0.45, y: height / 2 } });
  await player.getByRole("button", { name: "Play", exact: true }).waitFor();
  await player.getByText(/^The preview ends at 0:\d\d\.$/).waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "listen-preview", each);
  }
  await way.click();
  await page.getByLabel("E-mail or username").fill(somebody.login);
  await page.getByLabel("Password", { exact: true }).fill(somebody.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/t/${id}`);
  await player.getByRole("button", { name: "Hear all of it" }).waitFor();
  await page.context().close();
});

test("a log-in leads nowhere else", async () => {
  const page = await visitor(chrome);
  await logIn(page, { login: account.name, password: account.password });
  await page.goto(`/login?next=${encodeURIComponent("//evil.example/x")}`);
  await page.waitForURL(`${base}/`);
  await page.context().close();
});

test("on a phone the log-in leads to joining, and to the theme and the language", async () => {
  const page = await visitor(chrome, { viewport: { width: 390, height: 844 } });
  await page.goto("/");
  const nav = page.getByRole("navigation", { name: "Main" });
  await nav.getByRole("link", { name: "Log in" }).filter({ visible: true }).click();
  await page.getByRole("main").getByRole("link", { name: "Join" }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "Settings" }).click();
  await page.getByRole("radio", { name: "Dark" }).waitFor({ state: "attached" });
  await page.getByLabel("Language").waitFor();
  await page.context().close();
});

test("goes through a list and through the app by keys alone", async () => {
  const page = await visitor(chrome);
  await join(page);
  await page.goto("/crate?tab=tracks&sort=title");
  await page.getByRole("row", { name: /Abfahrt/ }).waitFor();
  const first = page.locator("[role=grid] [tabindex='0'][role=row]");
  assert.equal(await first.count(), 1, "one stop for Tab");
  await first.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const index = () => page.evaluate(() => document.activeElement?.getAttribute("data-index"));
  assert.equal(await index(), "2");
  await page.keyboard.press("End");
  await page.waitForFunction(() => Number(document.activeElement?.getAttribute("data-index")) > 2);
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-index") === "0");
  await page.keyboard.press("Enter");
  await page.locator("[role=row][data-index='0'][aria-current=true]").waitFor();
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Play next" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-index") === "0");

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search and commands" }).waitFor();
  await page.keyboard.type("hallorann");
  await page
    .getByRole("option", { name: /Inés Halloran/ })
    .first()
    .waitFor();
  assert.deepEqual(await objections(page), [], "axe on the palette");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("theme light");
  await page.getByRole("option", { name: "Theme: Light" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("joins, searches, plays, seeks and goes on without a mouse", async () => {
  const page = await visitor(chrome);
  const focused = (locator) => locator.evaluate((element) => element === document.activeElement);
  const tabTo = async (locator) => {
    await locator.waitFor();
    for (let stop = 0; stop < 80 && !(await focused(locator)); stop++) await page.keyboard.press("Tab");
    assert.ok(await focused(locator), `Tab does not lead to ${locator}`);
  };
  const name = `keys${process.pid}`;
  await page.goto("/");
  await tabTo(page.getByRole("link", { name: "Join" }));
  await page.keyboard.press("Enter");
  await tabTo(page.getByLabel("E-mail"));
  await page.keyboard.type(`${name}@example.com`);
  await tabTo(page.getByLabel("Username"));
  await page.keyboard.type(name);
  await tabTo(page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(account.password);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name, exact: true }).waitFor();

  await tabTo(page.getByRole("link", { name: "Search" }).first());
  await page.keyboard.press("Enter");
  await tabTo(page.getByRole("searchbox"));
  await page.keyboard.type("Slow Boats");
  await tabTo(page.getByRole("link", { name: /Slow Boats, Still Water/ }).first());
  await page.keyboard.press("Enter");
  await page.waitForURL("**/r/*");
  const row = page.locator("[role=row][data-index='0']");
  await tabTo(row);
  await page.keyboard.press("Enter");
  const player = page.getByRole("region", { name: "Player", exact: true });
  await player.getByRole("button", { name: "Pause", exact: true }).waitFor();
  const tape = player.getByRole("slider", { name: "Place in the track" });
  await tabTo(tape);
  await page.keyboard.press("PageUp");
  await until("it does not seek", async () => Number(await tape.getAttribute("aria-valuenow")) >= 30);
  await page.keyboard.press("Shift+N");
  await page.locator("[role=row][data-index='1'][aria-current=true]").waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a list of 20,000 rows keeps fewer than 60 in the document", async () => {
  const page = await visitor(chrome, { viewport: { width: 1280, height: 1200 } });
  const { items } = await (await fetch(`${base}/api/v1/tracks?limit=1`)).json();
  await page.route("**/api/v1/tracks?*", (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const body = {
      items: Array.from({ length: 10_000 }, (_, n) => ({
        ...items[0],
        id: `00000000-0000-7000-8000-${String(from + n).padStart(12, "0")}`,
        title: `Track ${from + n}`,
      })),
      ...(from === 0 && { nextCursor: "10000" }),
    };
    return route.fulfill({ json: body });
  });
  await page.addInitScript(() =>
    localStorage.setItem("resonance.prefs", '{"state":{"density":"compact"},"version":0}'),
  );
  await page.goto("/crate?tab=tracks");
  await page.getByRole("row", { name: /Track 0/ }).waitFor();
  const rows = () => page.locator("[role=row]").count();
  const bottom = () =>
    page.evaluate(() => document.getElementById("content").scrollTo({ top: 1e9, behavior: "instant" }));
  let most = await rows();
  await bottom();
  await page
    .getByRole("row", { name: /Track 10\d\d\d/ })
    .first()
    .waitFor();
  await bottom();
  await page.getByRole("row", { name: /Track 19999/ }).waitFor();
  most = Math.max(most, await rows());
  const worst = await page.evaluate(async () => {
    const frame = document.getElementById("content");
    let longest = 0;
    let last = performance.now();
    for (let step = 0; step < 40; step++) {
      frame.scrollTop -= 4500;
      const now = await new Promise(requestAnimationFrame);
      longest = Math.max(longest, now - last);
      last = now;
    }
    return longest;
  });
  most = Math.max(most, await rows());
  console.log(`rows in the document: ${most}; worst frame: ${worst.toFixed(0)} ms`);
  assert.ok(most < 60, `${most} rows`);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a visitor's first screen is in its page: seen before the app is there, and not asked for again", async () => {
  const { items } = await (await fetch(`${base}/api/v1/albums?sort=released&limit=1`)).json();
  const [{ id, title }] = items;
  for (const address of ["/", `/r/${id}`]) {
    for (const viewport of [
      { width: 390, height: 844 },
      { width: 1280, height: 800 },
    ]) {
      const still = await visitor(chrome, { viewport, javaScriptEnabled: false });
      await still.goto(address);
      await still.getByRole("heading", { level: 1, name: title }).waitFor();
      const sleeve = (page) => page.locator("main img").first();
      const placed = await sleeve(still).boundingBox();
      const looks = (page) =>
        page.locator("h1").evaluate((h1) => {
          const { fontSize, fontWeight, lineHeight } = getComputedStyle(h1);
          return { fontSize, fontWeight, lineHeight };
        });
      const written = await looks(still);
      await still.context().close();

      const page = await visitor(chrome, { viewport });
      const asked = [];
      page.on("request", (request) => {
        const { pathname, search } = new URL(request.url());
        if (/^\/api\/v1\/(me|auth|albums|tracks\?)/.test(pathname + search)) asked.push(pathname + search);
      });
      await page.goto(address);
      await page.getByRole("row").first().waitFor();
      assert.deepEqual(await sleeve(page).boundingBox(), placed, `the sleeve moves at ${address}`);
      assert.deepEqual(await looks(page), written, `the title changes at ${address}`);
      assert.deepEqual(asked, [], address);
      assert.deepEqual(page.wrong, []);
      await page.context().close();
    }
  }
});

test("comes back to where one was in a list", async () => {
  const page = await visitor(chrome, { viewport: { width: 1280, height: 400 } });
  await page.goto("/crate?tab=tracks");
  await page.getByRole("row").first().waitFor();
  await page.evaluate(async () => {
    document.getElementById("content").scrollTo({ top: 300, behavior: "instant" });
    // The page is told of it before the next frame.
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  });
  await page.locator("[role=row] a").nth(6).click();
  await page.waitForURL(/\/[ar]\//);
  await page.waitForFunction(() => document.getElementById("content").scrollTop === 0);
  await page.goBack();
  await page.waitForFunction(() => Math.abs(document.getElementById("content").scrollTop - 300) < 40);
  await page.context().close();
});

test("says what is wrong, and how to go on", async () => {
  const page = await visitor(chrome);
  await page.goto("/search?q=zzqqzzqq");
  await page.getByRole("heading", { name: "No match for “zzqqzzqq”" }).waitFor();
  await page.goto("/t/00000000-0000-7000-8000-000000000000");
  await page.getByRole("heading", { level: 1, name: "There is nothing here" }).waitFor();

  const away = async (path) => {
    for (const what of [path, "**/healthz"]) await page.route(what, (route) => route.abort());
  };
  await away("**/api/v1/albums?*");
  await page.goto("/crate");
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
  await page.unroute("**/api/v1/albums?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: /Slow Boats/ }).waitFor();

  // Who only waits sees it as soon as the server is back.
  await away("**/api/v1/search?*");
  await page.goto("/search?q=umbrella");
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
  await page.unrouteAll();
  await page
    .getByRole("row", { name: /Damn Umbrella/ })
    .first()
    .waitFor();
  await page.context().close();
});
