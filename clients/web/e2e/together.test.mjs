// Two people in two browsers: what leaves the one's balance arrives at the other's, second by second, over a line that is cut,
// a session that is contested, and a server that is killed in the middle of the next one. Then the sums are done.
// WALK=60 plays so many seconds and prints what both saw in each.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { browser, fine, LOOKS, logIn, until, visitor, watched } from "./browser.mjs";
import { asker } from "./paying.mjs";
import { serve } from "./server.mjs";

const SECONDS = Number(process.env.WALK ?? 8);
const BEAT = 1_000_000n;
const run = promisify(execFile);
const program = process.env.RESONANCE;

let server;
let chrome;
let [ask, tell] = [];
let [listener, artist, operator] = [];
let tracks;
/** What the listener had at first. */
let purse;
/** Whether a line to the meter can be opened, and the last one that was. */
const line = { dead: false, open: undefined, cut: 0 };
/** When each beat came to the listener, and what it said. */
const beats = [];

before(async () => {
  server = await serve(program, "demo");
  const at = server.base;
  const admin = { login: "operator", password: "Harbour-light-4" };
  const answer = await fetch(`${at}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      token: await server.token(),
      username: admin.login,
      email: "operator@example.com",
      password: admin.password,
    }),
  });
  assert.ok(answer.ok, await answer.text());
  const [pays, earns] = await Promise.all(
    ["listener", "artist"].map(async (login) => ({
      login,
      password: await server.printed(new RegExp(`log in as ${login} with (\\S+?),?\\s`)),
    })),
  );
  chrome = await browser();
  [listener, artist, operator] = await Promise.all(
    [pays, earns, admin].map(async (who) => {
      const page = await visitor(chrome, { baseURL: at });
      await logIn(page, who, at);
      return page;
    }),
  );
  [ask, tell] = await Promise.all([pays, earns].map((who) => asker(who, at)));
  const { items } = await ask("GET", "/tracks?limit=50");
  tracks = items.filter(({ pricePerSecond }) => pricePerSecond?.amount === String(BEAT));
  purse = await money();
  for (const page of [listener, artist, operator]) {
    page.expected = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|WebSocket/;
  }
  await listener.routeWebSocket(/\/ws\/stream$/, (client) => {
    if (line.dead) {
      client.close();
      return;
    }
    const far = client.connectToServer();
    line.open = client;
    client.onMessage((text) => {
      far.send(text);
    });
    far.onMessage((text) => {
      const frame = JSON.parse(text);
      if (frame.type === "BEAT") beats.push({ ...frame, came: Date.now() });
      client.send(text);
    });
  });
});

after(async () => {
  await chrome?.close();
  await server?.end();
});

const player = () => listener.getByRole("region", { name: "Player", exact: true });
const money = async () => {
  const { available, held } = (await ask("GET", "/me/balances")).find(({ asset }) => asset === "BEAT");
  return BigInt(available) + BigInt(held);
};
const minor = (text) => BigInt(Math.round(Number(text.replaceAll(",", "")) * 1e6));
const spent = async () => {
  const all = await player()
    .locator("[data-spent]")
    .evaluateAll((figures) => figures.map(({ dataset }) => dataset.spent));
  return BigInt(all[0] ?? 0);
};
const live = async () => minor(await artist.locator("[data-live]").innerText());
const costs = (count) =>
  until(`the meter did not reach ${count}`, async () => (await spent()) >= BigInt(count) * BEAT, 120_000);

async function everywhere(page, name) {
  if (!process.env.WALK) return;
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await sleep(300);
    await fine(page, `walk-${name}`, each).catch((wrong) => console.log(`WRONG ${name}: ${wrong.message}`));
  }
}

/** Goes on after a line that was cut, by the button if it has come to that. */
async function goesOn(from) {
  const button = player().getByRole("button", { name: "Keep listening" });
  await until("it does not go on", async () => {
    if (await button.isVisible()) await button.click({ timeout: 2000 }).catch(() => {});
    return (await spent()) >= from + 2n * BEAT;
  });
}

async function press(track) {
  await listener.goto(`/t/${track.id}`);
  await everywhere(listener, "track");
  await listener.getByRole("main").getByRole("button", { name: /^Play/ }).first().click();
}

test("what leaves the one arrives at the other, a cut line between", async () => {
  const [track] = tracks.filter(({ title }) => title === "Lanterns Coming Home");
  await artist.goto("/studio/earnings");
  await artist
    .getByLabel(/page/i)
    .first()
    .selectOption({ label: track.artist.name })
    .catch(() => {});
  await artist.locator("[data-live]").waitFor();
  await everywhere(artist, "earnings-before");
  await artist.evaluate(() => {
    window.moved = [];
    new MutationObserver(() => {
      const figure = document.querySelector("[data-live]")?.textContent;
      if (figure && window.moved.at(-1)?.figure !== figure) window.moved.push({ figure, came: Date.now() });
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await press(track);
  const sheet = listener.getByRole("dialog");
  await sheet.getByText("No limit").waitFor();
  await everywhere(listener, "first");
  await sheet.getByText("No limit").click();
  await sheet.getByRole("button", { name: "Play" }).click();
  await costs(1);
  const began = Date.now();
  let cut = false;
  const rows = [];
  for (;;) {
    const [out, arrived] = await Promise.all([spent(), live()]);
    rows.push(`${((Date.now() - began) / 1000).toFixed(1)} s  listener −${out}  artist +${arrived}`);
    if (out >= (BigInt(SECONDS) * BEAT) / 2n && !cut) {
      cut = true;
      await everywhere(listener, "running");
      await everywhere(artist, "earnings-running");
      line.dead = true;
      line.cut = Date.now();
      await listener.context().setOffline(true);
      await line.open.close();
      await player()
        .getByText("Not connected: at most 5 more seconds may be charged")
        .filter({ visible: true })
        .first()
        .waitFor();
      rows.push("the line is cut");
      const stood = await spent();
      await everywhere(listener, "cut");
      await sleep(4000);
      assert.ok((await spent()) <= stood + BEAT, "a second without a line was charged");
      await listener.context().setOffline(false);
      line.dead = false;
      rows.push("the line is back");
      await goesOn(stood);
    }
    if (out >= BigInt(SECONDS) * BEAT) break;
    // Not over its end.
    const tape = player().getByRole("slider", { name: "Place in the track" });
    if (Number(await tape.getAttribute("aria-valuenow")) > 40) {
      await tape.focus();
      await listener.keyboard.press("Home");
      rows.push("from the beginning again");
    }
    await sleep(1000 - ((Date.now() - began) % 1000));
  }
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  await everywhere(listener, "paused");
  const last = BigInt(beats.at(-1).cumulativeAmount);
  await until("not all of it arrived", async () => (await live()) === last);
  const moved = (await artist.evaluate(() => window.moved)).map(({ figure, came }) => ({
    figure: minor(figure),
    came,
  }));
  // What was told just before the cut is acknowledged when the line is back.
  const prompt = beats.filter(({ came }) => came < line.cut - 1500 || came > line.cut);
  const lags = prompt.map(({ cumulativeAmount, came }) => {
    const seen = moved.find(({ figure }) => figure >= BigInt(cumulativeAmount));
    return seen ? seen.came - came : Number.POSITIVE_INFINITY;
  });
  // All of it arrived. How soon is the machine's: asserted where somebody looks, on one that does nothing else.
  if (process.env.WALK) {
    console.log(rows.join("\n"));
    console.log(`${beats.length} beats, the artist's figure after them in ms: ${lags.join(" ")}`);
    const late = lags.filter((lag) => lag > 2000);
    assert.ok(late.length <= lags.length / 10, `${late} of ${lags}`);
  }
});

test("the receipt says the same, in the browser and without any network, and what is contested comes back", async () => {
  const told = listener.getByText(/ beats were paid$/).waitFor();
  await player().getByRole("button", { name: "End and get the receipt" }).click();
  await told;
  await everywhere(listener, "settled");
  await listener.getByRole("link", { name: "Receipt", exact: true }).first().click();
  await listener.getByText("This receipt proves what it says").waitFor();
  await everywhere(listener, "receipt");
  const coming = listener.waitForEvent("download");
  await listener.getByRole("button", { name: "Save as a file" }).click();
  const file = path(server.data, "receipt.json");
  await (await coming).saveAs(file);
  const receipt = JSON.parse(readFileSync(file, "utf8"));
  assert.equal(receipt.total.amount, beats.at(-1).cumulativeAmount);
  const { issuer } = await ask("GET", "/instance");
  const { stdout } = await run(program, ["receipt", "verify", file, "--issuer", issuer]);
  assert.match(stdout, new RegExp(receipt.trackTitle));
  if (process.env.WALK) console.log(stdout);

  await listener.getByRole("button", { name: "Contest it" }).click();
  await everywhere(listener, "contest");
  await listener.getByRole("dialog").getByLabel("What was wrong").fill("The sound was away for half of it");
  await listener.getByRole("dialog").getByRole("button", { name: "Contest", exact: true }).click();
  await listener.getByText("is put aside until the operator decides").waitFor();
  await everywhere(listener, "contested");
  await until("the artist does not see it", async () => (await live()) === 0n);
  const contested = artist.getByRole("list", { name: "Contested plays" });
  await contested.getByText("The sound was away for half of it").waitFor();
  await contested.getByText("Waits for the operator's decision").waitFor();
  await everywhere(artist, "earnings-contested");
  await operator.goto("/admin/disputes");
  await operator.getByText("The sound was away for half of it").waitFor();
  await everywhere(operator, "disputes");
  await operator.getByRole("button", { name: "Give it back" }).click();
  await everywhere(operator, "give-back");
  await operator.getByRole("alertdialog").getByRole("button", { name: "Give it back" }).click();
  await operator.getByText("Nothing waits for you").waitFor();
  await listener.goto("/notifications");
  await everywhere(listener, "told");
  await artist.goto("/notifications");
  await everywhere(artist, "told-artist");
  await artist
    .getByRole("link", { name: /goes back to the listener/ })
    .first()
    .click();
  await contested.getByText("Given back to the listener").waitFor();
  await everywhere(artist, "earnings-given-back");
  assert.equal(await money(), purse);
});

test("a server that is killed in the middle loses and invents no second", async () => {
  const [track] = tracks.filter(({ title }) => title === "Waltz for a Lighthouse Keeper");
  await artist.goto("/studio/earnings");
  await press(track);
  await costs(3);
  await server.crash();
  const known = beats.at(-1);
  await player()
    .getByText("Not connected: at most 5 more seconds may be charged")
    .filter({ visible: true })
    .first()
    .waitFor();
  await everywhere(listener, "killed");
  await everywhere(artist, "earnings-killed");
  await server.again();
  await goesOn(BigInt(known.cumulativeAmount));
  await everywhere(listener, "killed-on");
  assert.equal(beats.at(-1).sessionId, known.sessionId);
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  await everywhere(artist, "earnings-after");
  await player().getByRole("button", { name: "End and get the receipt" }).click();
  let receipts;
  await until("it is not settled", async () => {
    receipts = (await ask("GET", "/me/receipts")).items;
    return receipts.length === 2;
  });
  const paid = await Promise.all(receipts.map(({ sessionId }) => ask("GET", `/me/receipts/${sessionId}`)));
  const second = paid.find(({ sessionId }) => sessionId === known.sessionId);
  const told = beats.filter(({ sessionId }) => sessionId === known.sessionId);
  assert.ok(second.beats >= Math.max(...told.map(({ committedSeq }) => committedSeq)), "a kept beat is lost");
  assert.ok(second.beats <= told.at(-1).seq, "a beat is charged that nobody was told of");
  assert.equal(second.total.amount, String(BigInt(second.beats) * BEAT));
  // The first was given back.
  assert.equal(await money(), purse - BigInt(second.total.amount));
  const pages = (await tell("GET", "/me/artists")).items ?? (await tell("GET", "/me/artists"));
  let earned = 0n;
  for (const { id } of pages) {
    const { balances, live } = await tell("GET", `/artists/${id}/earnings`);
    const beat = balances.find(({ asset }) => asset === "BEAT");
    for (const part of [beat?.earned, beat?.payable, beat?.disputed, live.amount])
      earned += BigInt(part ?? 0);
  }
  assert.equal(earned, BigInt(second.total.amount));
  const { stdout } = await run(program, ["ledger", "verify", "--data", server.data]);
  const again = await run(path(import.meta.dirname, "../../../tools/verify-ledger"), [
    path(server.data, "resonance.db"),
  ]);
  if (process.env.WALK) console.log(stdout, again.stdout, `${second.beats} beats, ${earned} earned`);
  for (const page of [listener, artist, operator]) assert.deepEqual(page.wrong, []);
});

test("another tab begins where the first was stopped, so that no second is paid for twice", async () => {
  const [track] = tracks.filter(({ title }) => title === "Lanterns Coming Home");
  const seconds = async (page) => {
    const tape = page.getByRole("region", { name: "Player", exact: true }).getByRole("slider").first();
    return Number(await tape.getAttribute("aria-valuenow"));
  };
  await press(track);
  await costs(3);
  const second = watched(await listener.context().newPage());
  await second.goto("/");
  await until("the other tab shows nothing", async () => (await seconds(second)) >= 1);
  const shown = await seconds(second);
  await until("it does not go on", async () => (await seconds(listener)) >= shown + 4);
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  const stopped = await seconds(listener);
  await until("it is not kept", async () => (await ask("GET", "/me/queue")).positionMs >= stopped * 1000);
  await second.reload();
  await until("the other tab is behind", async () => (await seconds(second)) >= stopped);
  assert.deepEqual(second.wrong, []);
});
