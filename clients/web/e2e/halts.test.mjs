// Where paid listening stops by itself: what is offered then, and what becomes of it when its session ends without this page.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { browser, fine, join, LOOKS, until, visitor } from "./browser.mjs";
import { asker, hear } from "./paying.mjs";
import { release } from "./releasing.mjs";

const BEAT = 1_000_000n;

let chrome;
let page;
let person;
let priced;
/** A track whose price has six digits. */
let fine6;
/** What was said on the meter's line, and the line itself; `dead`: none can be opened. */
const meter = { said: [], line: undefined, dead: false };

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  await page.routeWebSocket(/\/ws\/stream$/, (line) => {
    if (meter.dead) {
      line.close();
      return;
    }
    const server = line.connectToServer();
    meter.line = line;
    line.onMessage((text) => {
      meter.said.push(JSON.parse(text));
      server.send(text);
    });
    server.onMessage((text) => {
      meter.said.push(JSON.parse(text));
      line.send(text);
    });
  });
  fine6 = await release(await asker(await join(page)), {
    name: "Ana Nowak",
    title: "Six Digits of a Beat, and a Title that Goes On",
    price: "333333",
  });
  await another(200n);
  priced = (await api("/tracks?limit=50")).items.filter(
    ({ pricePerSecond }) => pricePerSecond?.amount === "1000000",
  );
});

after(() => chrome?.close());

afterEach(() => {
  meter.dead = false;
});

/** Somebody else, with so many beats. */
async function another(beats) {
  person = await join(page);
  await page.goto("/");
  if (beats > 0n) await api("/dev/faucet", "POST", { amount: (beats * BEAT).toString() });
}

function api(path, method = "GET", body = undefined) {
  return page.evaluate(
    async ([path, method, body]) => {
      const headers = body ? { "content-type": "application/json" } : {};
      const answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
      return answer.json();
    },
    [path, method, body],
  );
}

const beats = (count) => (count === undefined ? null : { asset: "BEAT", amount: (count * BEAT).toString() });
const cap = (perPlay, perDay) =>
  api("/me/spending-caps", "PUT", {
    perPlay: beats(perPlay),
    perDay: beats(perDay),
    perMonth: null,
    perArtist: null,
  });
const frames = (type) => meter.said.filter((frame) => frame.type === type);
const player = () => page.getByRole("region", { name: "Player", exact: true });
const sheet = () => page.getByRole("dialog");
const spent = async () => {
  const figures = await player()
    .locator("[data-spent]")
    .evaluateAll((all) => all.map(({ dataset }) => dataset.spent));
  return figures.length > 0 ? BigInt(figures[0]) : undefined;
};
const reaches = (beats) =>
  until(`the meter did not reach ${beats}`, async () => ((await spent()) ?? 0n) >= beats * BEAT);
const button = (name) => player().getByRole("button", { name, exact: true });

async function press(id) {
  await page.goto(`/t/${id}`);
  await page.getByRole("main").getByRole("button", { name: /^Play/ }).first().click();
}

test("a halt at a cap ends with its session: what plays next has all of its own", async () => {
  await cap(2n);
  await press(priced[0].id);
  await sheet().getByText("You reached your cap").waitFor();
  await sheet().getByRole("button", { name: "Leave it" }).click();
  await button("Raise the cap").waitFor();
  // Another device of the account plays: this one's session is settled.
  const other = await hear(await asker(person), priced[1].id, 1, { goOn: true });
  await button("Raise the cap").waitFor({ state: "detached" });
  await (await asker(person))("POST", `/sessions/${other.session}/settle`);
  const from = frames("BEAT").length;
  await button("Play").click();
  await sheet().getByText("For this play alone").waitFor();
  assert.equal(
    frames("BEAT")
      .slice(from)
      .filter(({ beats }) => beats === 1).length >= 1,
    true,
  );
  assert.equal((await api("/me/spending-caps")).perPlay.amount, "2000000");
});

test("the question at a cap goes with its session", async () => {
  const { sessionId } = frames("BEAT").at(-1);
  await api(`/sessions/${sessionId}/settle`, "POST");
  await sheet().waitFor({ state: "detached" });
  assert.equal(await button("Raise the cap").count(), 0);
});

test("what rests at a cap is ended for its receipt", async () => {
  await cap(1n);
  await button("Play").click();
  await sheet().getByRole("button", { name: "Leave it" }).click();
  await button("Raise the cap").waitFor();
  await button("End and get the receipt").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await button("End and get the receipt").waitFor();
    await fine(page, "halts-cap", each);
  }
  await button("End and get the receipt").click();
  await page.getByText("1.00 beats were paid").waitFor();
  assert.equal(await button("Raise the cap").count(), 0);
});

test("after a cut that the server did not wait for, the receipt is there, and nothing is pretended", async () => {
  await cap(60n);
  await press(priced[0].id);
  await reaches(2n);
  const { sessionId } = frames("BEAT").at(-1);
  meter.dead = true;
  await meter.line.close();
  await until("the server waits on", async () => (await api(`/sessions/${sessionId}`)).status === "settled");
  const { total } = await api(`/sessions/${sessionId}`);
  await page.getByText(`${BigInt(total.amount) / BEAT}.00 beats were paid`).waitFor();
  await until("the meter stands", async () => (await spent()) === undefined);
  assert.equal(await button("Keep listening").count(), 0);
  assert.equal(await player().getByText("the connection is lost").count(), 0);
  meter.dead = false;
  await button("Play").click();
  await reaches(1n);
  assert.notEqual(frames("BEAT").at(-1).sessionId, sessionId);
  await button("Pause").click();
  await button("End and get the receipt").click();
});

test("a lost line promises nothing, and once it is back it is said what was charged", async () => {
  await cap(60n);
  await press(priced[0].id);
  await reaches(2n);
  meter.dead = true;
  await meter.line.close();
  const told = player().getByText("Connection lost: up to 5 seconds more may be charged.");
  await told.waitFor();
  meter.dead = false;
  await player()
    .getByText(/^Connected again: .* more (was|were) charged\.$/)
    .waitFor();
  assert.equal(await told.count(), 0);
  await fine(page, "halts-back", LOOKS[3]);
  await button("Keep listening").click();
  await player().getByText("Connected again").waitFor({ state: "detached" });
});

test("on a phone a figure that has no room is left out, and none is cut", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await press(fine6.track);
  await reaches(1n);
  const [meterLine, parts] = await player()
    .locator("[data-meter-line]")
    .evaluate((line) => {
      const inside = (part) => {
        const [own, whole] = [part, line].map((each) => each.getBoundingClientRect());
        return own.right <= whole.right + 1 && own.bottom <= whole.bottom + 1;
      };
      const cut = (part) =>
        part.scrollWidth > part.clientWidth && getComputedStyle(part).overflow !== "visible";
      return [
        cut(line) && getComputedStyle(line).textOverflow === "ellipsis",
        [...line.children].map((part) => [part.textContent, inside(part)]),
      ];
    });
  assert.equal(meterLine, false);
  assert.equal(parts[0][1], true, JSON.stringify(parts));
  await fine(page, "halts-phone", LOOKS[0]);
  await button("Pause").click();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("who has no beats is asked to pay in before anything else", async () => {
  await another(0n);
  await press(priced[0].id);
  await sheet().getByText("You have no beats yet.").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "halts-no-beats", each);
  }
  await sheet().getByRole("button", { name: "Top up" }).click();
  await sheet().getByText("You have 0.00 beats").waitFor();
  await sheet().getByText("Beats are what listening is paid with, second by second.").waitFor();
  await sheet().getByText("On this server they are play money.").waitFor();
  await sheet()
    .getByRole("button", { name: /^Top up [0-9.]+ beats$/ })
    .click();
  await reaches(1n);
});

test("a row says to who hears it whether its track plays or rests", async () => {
  await page
    .getByRole("main")
    .getByRole("link", { name: priced[0].album.title, exact: true })
    .first()
    .click();
  const row = page.getByRole("main").getByRole("row", { name: priced[0].title });
  await row.getByText("plays now").waitFor({ state: "attached" });
  await button("Pause").click();
  await row.getByText("paused", { exact: true }).waitFor({ state: "attached" });
  assert.equal(await row.getByText("plays now").count(), 0);
});

test("what is missing is what the rest costs beyond all that there is", async () => {
  await another(0n);
  await api("/dev/faucet", "POST", { amount: "2500000" });
  await cap(60n);
  await press(priced[0].id);
  await sheet().getByText("Still missing for this track").waitFor();
  // Half a beat is there, and set aside for a second that it does not buy.
  await sheet()
    .getByText(/^\d+\.50$/)
    .first()
    .waitFor();
  assert.ok(
    !/Still missing for this track\s+\d+\.00/.test(await sheet().innerText()),
    await sheet().innerText(),
  );
});
