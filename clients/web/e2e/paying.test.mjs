// Paid listening as a listener meets it: the question before the first beat, the meter, a line that is cut, the receipt,
// a cap, an empty balance; and what never costs anything.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { browser, fine, join, LOOKS, still, until, visitor } from "./browser.mjs";

const BEAT = 1_000_000n;

let chrome;
let page;
let tracks;
let priced;
let free;
/** What was said on the meter's line, and the line itself; `dead`: none can be opened; `silent`: nothing comes through. */
const meter = { said: [], line: undefined, dead: false, silent: false };

before(async () => {
  chrome = await browser();
  page = await visitor(chrome, { locale: "en" });
  await page.routeWebSocket(/\/ws\/stream$/, (line) => {
    if (meter.dead) {
      line.close();
      return;
    }
    const server = line.connectToServer();
    meter.line = line;
    line.onMessage((text) => {
      meter.said.push({ ...JSON.parse(text), at: Date.now() });
      if (!meter.silent) server.send(text);
    });
    server.onMessage((text) => {
      meter.said.push({ ...JSON.parse(text), at: Date.now() });
      if (!meter.silent) line.send(text);
    });
  });
  await page.addInitScript(watchMeter);
  await join(page);
  await page.goto("/");
  tracks = (await api("/tracks?limit=50")).items;
  priced = tracks.filter(({ pricePerSecond }) => pricePerSecond?.amount === "1000000");
  free = tracks.find(({ pricePerSecond, artist }) => !pricePerSecond && artist.id === priced[0].artist.id);
  assert.ok(priced.length >= 2);
});

after(() => chrome?.close());

/** In the page: keeps what the meter showed, and since when. */
function watchMeter() {
  window.shown = [];
  setInterval(() => {
    const text = document.querySelector("[data-meter]")?.parentElement.innerText.replace(/\s+/g, " ") ?? "";
    if (text !== window.shown.at(-1)?.text) window.shown.push({ at: Date.now(), type: "SHOWN", text });
  }, 50);
}

/** The line is whole again for the next test; of one that failed it is told what was said and shown last. */
afterEach(async ({ passed }) => {
  Object.assign(meter, { dead: false, silent: false });
  if (passed) return;
  const shown = await page.evaluate(() => window.shown);
  const all = [...meter.said, ...shown].sort((a, b) => a.at - b.at);
  for (const { at, type, ...rest } of all.slice(-40)) {
    console.error(`${new Date(at).toISOString()} ${type} ${JSON.stringify(rest)}`);
  }
});

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

const money = async () => {
  const { available, held } = (await api("/me/balances")).find(({ asset }) => asset === "BEAT");
  return BigInt(available) + BigInt(held);
};
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
/** Of what a phone and a desk show in different places, the one that is seen. */
const seen = (text) => player().getByText(text).filter({ visible: true }).first();
const sheet = () => page.getByRole("dialog");
/** Whether something of the tape is marked as paid for. */
const isMarked = () =>
  player()
    .locator("canvas")
    .first()
    .evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 4) {
        const [red, , blue, seen] = data.slice(at, at + 4);
        if (seen > 200 && red - blue > 60) return true;
      }
      return false;
    });
/** What the player shows to have spent, in minor units. */
const spent = async () => {
  const figures = await player()
    .locator("[data-spent]")
    .evaluateAll((all) => all.map(({ dataset }) => dataset.spent));
  return figures.length > 0 ? BigInt(figures[0]) : undefined;
};
const reaches = (beats) =>
  until(`the meter did not reach ${beats}`, async () => ((await spent()) ?? 0n) >= beats * BEAT);

async function press(track) {
  await page.goto(`/t/${track.id}`);
  await page.getByRole("main").getByRole("button", { name: /^Play/ }).first().click();
}

test("before the first beat it is said what it costs, and nothing is spent", async () => {
  await api("/dev/faucet", "POST", { amount: (100n * BEAT).toString() });
  await press(priced[0]);
  await sheet().getByText("beats a second").waitFor();
  assert.deepEqual(meter.said, []);
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-first", each);
  }
});

test("the meter shows what the server's beats say, and the balance what is left", async () => {
  await sheet().getByText("No limit").click();
  await sheet().getByRole("button", { name: "Play" }).click();
  for (let beats = 1n; beats <= 3n; beats++) {
    await reaches(beats);
    const figure = await spent();
    const told = frames("BEAT").map(({ cumulativeAmount }) => BigInt(cumulativeAmount));
    assert.ok(told.includes(figure), `${figure} was never told`);
  }
  await page
    .getByRole("navigation", { name: "Main" })
    .getByText(/^[1-9]\d\.00$/)
    .waitFor();
  assert.equal(frames("START").length, 1);
  assert.ok(frames("START")[0].sessionKey.startsWith("0x"));
});

test("a key never leaves its page", async () => {
  const { secret } = await page.evaluate(() => JSON.parse(sessionStorage.getItem("resonance.play")));
  assert.match(secret, /^0x[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(meter.said).includes(secret.slice(2)));
});

test("while the line is cut nothing is charged; back again, it goes on in the same session", async () => {
  const before = await spent();
  meter.dead = true;
  await meter.line.close();
  await seen("Not connected: at most 5 more seconds may be charged").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-lost", each);
  }
  assert.ok((await spent()) <= before + BEAT);
  meter.dead = false;
  // After ten seconds of that it rests, until the listener wants to go on.
  const button = player().getByRole("button", { name: "Keep listening" });
  await until("it does not go on", async () => {
    if (await button.isVisible()) await button.click({ timeout: 2000 }).catch(() => {});
    return ((await spent()) ?? 0n) >= before + 2n * BEAT;
  });
  const sessions = new Set(frames("BEAT").map(({ sessionId }) => sessionId));
  assert.equal(sessions.size, 1);
});

test("a line that is silent is waited for, and nobody says that nothing is charged", async () => {
  meter.silent = true;
  await seen("Waiting for the server").waitFor();
  assert.ok(!(await player().innerText()).includes("nothing is charged"));
  await fine(page, "paying-silent", LOOKS[3]);
  meter.silent = false;
  await player()
    .getByText(/ left$/)
    .filter({ visible: true })
    .first()
    .waitFor();
});

test("a reload goes on with the session, when play is pressed", async () => {
  const before = await spent();
  await page.reload();
  await player().getByRole("button", { name: "Play", exact: true }).click();
  await reaches(before / BEAT + 2n);
  assert.equal(new Set(frames("BEAT").map(({ sessionId }) => sessionId)).size, 1);
  // What was paid for before is still marked on the tape.
  const { ribbon } = await page.evaluate(() => JSON.parse(sessionStorage.getItem("resonance.play")));
  assert.ok(ribbon[0][0] < 1000, JSON.stringify(ribbon));
});

test("what rests is ended for its receipt; the next press begins another play", async () => {
  const before = frames("SESSION_SETTLED").length;
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  const end = player().getByRole("button", { name: "End and get the receipt" });
  await end.waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-paused", each);
  }
  assert.ok(await isMarked());
  await end.click();
  await page.getByText(/ beats were paid$/).waitFor();
  // Whoever hears it again pays again.
  await until("it is marked as paid for", async () => !(await isMarked()));
  await until("it is not settled", () => frames("SESSION_SETTLED").length === before + 1);
  await page.getByRole("button", { name: "Close" }).click();
  assert.equal(await spent(), undefined);
  await player().getByRole("button", { name: "Play", exact: true }).click();
  await reaches(1n);
});

test("the balance falls by exactly what the receipt says; a free track opens no session", async () => {
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  const starts = frames("START").length;
  // Without a reload, after which nobody is there to be told.
  await player().getByRole("link", { name: priced[0].artist.name }).click();
  // Said in passing.
  const told = page.getByText(/ beats were paid$/).innerText();
  await page.getByRole("main").getByRole("row").getByText(free.title, { exact: true }).first().click();
  const said = await told;
  await until("it is not settled", () => frames("SESSION_SETTLED").length > 1);
  const { sessionId, amount, beats } = frames("SESSION_SETTLED").at(-1);
  const receipt = await api(`/me/receipts/${sessionId}`);
  assert.equal(receipt.total.amount, amount);
  assert.equal(receipt.beats, beats);
  const all = frames("SESSION_SETTLED").reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  assert.equal(await money(), 100n * BEAT - all);
  assert.ok(said.startsWith(`${beats}.00 `), said);
  await player().getByText(free.title).first().waitFor();
  assert.equal(frames("START").length, starts);
  assert.equal(await spent(), undefined);
});

test("at the cap it pauses, and goes on once the cap is raised", async () => {
  await cap(2n);
  await press(priced[1]);
  await sheet().getByText("You reached your cap").waitFor();
  assert.equal(await spent(), 2n * BEAT);
  await sheet().getByText("For this play alone").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-cap", each);
  }
  await sheet().getByRole("button", { name: "Leave it" }).click();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-rests", each);
  }
  await player().getByRole("button", { name: "Raise the cap" }).click();
  await sheet().getByText("25", { exact: true }).click();
  await sheet()
    .getByRole("button", { name: /^Raise by/ })
    .click();
  await reaches(4n);
});

test("a cap that was raised for this play holds after a reload that its session did not survive", async () => {
  const { sessionId } = frames("BEAT").at(-1);
  await page.reload();
  await api(`/sessions/${sessionId}/settle`, "POST");
  await player().getByRole("button", { name: "Play", exact: true }).click();
  const ofAnother = (frame) => frame.sessionId !== sessionId && frame.beats >= 4;
  const from = frames("BEAT").length;
  await until("it does not go on", () => frames("BEAT").slice(from).some(ofAnother));
  assert.equal((await api("/me/spending-caps")).perPlay.amount, "2000000");
});

test("going to another place goes on from there", async () => {
  const before = await spent();
  const tape = player().getByRole("slider", { name: "Place in the track" });
  await tape.focus();
  await page.keyboard.press("ArrowRight");
  await reaches(before / BEAT + 2n);
  assert.ok(frames("SEEK").length >= 1);
  await page.getByRole("link", { name: "Open the player" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-now", each);
  }
});

test("with an empty balance it pauses, and goes on once it is paid in", async () => {
  await join(page);
  await page.goto("/");
  await api("/dev/faucet", "POST", { amount: (2n * BEAT).toString() });
  await cap(60n);
  await press(priced[0]);
  await sheet().getByText("Top up").first().waitFor();
  assert.equal(await spent(), 2n * BEAT);
  await sheet()
    .getByRole("button", { name: /^Top up/ })
    .click();
  await reaches(4n);
  assert.equal(await sheet().count(), 0);
  assert.equal(
    new Set(
      frames("BEAT")
        .slice(-4)
        .map(({ sessionId }) => sessionId),
    ).size,
    1,
  );
});

test("what comes in beside an open play is in the balance at once", async () => {
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  await player().getByRole("button", { name: "End and get the receipt" }).waitFor();
  // Of what was paid in before, and now.
  const own = `${2n + 50n + 250n - (await spent()) / BEAT}.00`;
  const nav = page.getByRole("navigation", { name: "Main" });
  await nav.getByRole("link", { name: "Wallet" }).click();
  await page.getByRole("main").getByRole("button", { name: "Top up" }).click();
  await sheet().getByText("250").click();
  await sheet()
    .getByRole("button", { name: /^Top up/ })
    .click();
  await sheet().waitFor({ state: "detached" });
  // One figure in both places, with what is set aside.
  for (const place of [nav, page.getByRole("region", { name: "Balances" })]) {
    await place.getByText(own, { exact: true }).waitFor();
  }
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-wallet", each);
  }
});

test("the wallet shows an open play, and what is still set aside for it", async () => {
  const row = page.getByRole("main").getByRole("listitem").filter({ hasText: "still open" });
  await row.getByText(`Listening to “${priced[0].title}”`).waitFor();
  await row.getByText(`−${(await spent()) / BEAT}.00`).waitFor();
  const { held } = (await api("/me/balances")).find(({ asset }) => asset === "BEAT");
  const aside = page.getByRole("region", { name: "Balances" }).getByText(/of it set aside/);
  assert.equal(
    await aside.innerText(),
    `${BigInt(held) / BEAT}.00 of it set aside; what you do not hear comes back`,
  );
  await player().getByRole("button", { name: "Play", exact: true }).click();
  const before = await spent();
  await reaches(before / BEAT + 3n);
  // It becomes less by what is spent.
  await until("what is set aside stands still", async () => {
    const left = BigInt(Number.parseInt(await aside.innerText(), 10)) * BEAT;
    return left < BigInt(held);
  });
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  await player().getByRole("button", { name: "End and get the receipt" }).click();
  await row.waitFor({ state: "detached" });
  await aside.waitFor({ state: "detached" });
  await page.getByRole("main").getByText(`Listening to “${priced[0].title}”`).first().waitFor();
});

test("what is spent of the caps moves while something is paid for", async () => {
  await player().getByRole("button", { name: "Play", exact: true }).click();
  await reaches(1n);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link").last().click();
  const today = page.getByText(/^\d[\d.,]* spent today$/).first();
  const before = Number.parseFloat(await today.innerText());
  await until("it stands still", async () => Number.parseFloat(await today.innerText()) > before);
});

test("the first beat is heard once it is paid in", async () => {
  await join(page);
  await page.goto("/");
  await cap(60n);
  await press(priced[0]);
  await sheet().getByText("Top up").first().waitFor();
  assert.equal(await spent(), undefined);
  await sheet()
    .getByRole("button", { name: /^Top up/ })
    .click();
  await reaches(1n);
});

test("what rests for want of money says so no longer once there is some", async () => {
  await join(page);
  await page.goto("/");
  await api("/dev/faucet", "POST", { amount: (2n * BEAT).toString() });
  await cap(60n);
  await press(priced[0]);
  await sheet().getByRole("button", { name: "Cancel" }).click();
  await seen("Paused: your balance is used up.").waitFor();
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: /Balance/ })
    .click();
  await page.getByRole("main").getByRole("button", { name: "Top up" }).first().click();
  await sheet()
    .getByRole("button", { name: /^Top up/ })
    .click();
  await sheet().waitFor({ state: "detached" });
  await player().getByRole("button", { name: "Keep listening" }).click();
  await reaches(4n);
});

test("of several caps the one that is in the way is raised", async () => {
  await join(page);
  await page.goto("/");
  await api("/dev/faucet", "POST", { amount: (50n * BEAT).toString() });
  await cap(40n, 2n);
  await press(priced[0]);
  await sheet().getByText("You reached your cap").waitFor();
  await sheet().getByText("Your cap for a day is 2.00. 2.00 of it is spent.").waitFor();
  await sheet().getByText("the cap in your settings becomes 7.00").waitFor();
  await sheet()
    .getByRole("button", { name: /^Raise by/ })
    .click();
  await reaches(4n);
  const { perDay, perPlay } = await api("/me/spending-caps");
  assert.deepEqual([perDay.amount, perPlay.amount], ["7000000", "40000000"]);
});

test("near the end the cap is raised by what the rest of the track costs", async () => {
  await cap(3n);
  await press(priced[1]);
  await reaches(1n);
  const tape = player().getByRole("slider", { name: "Place in the track" });
  await tape.focus();
  await page.keyboard.press("End");
  for (let steps = 0; steps < 2; steps++) await page.keyboard.press("ArrowLeft");
  await sheet().getByText("You reached your cap").waitFor();
  const rest = sheet().getByRole("radio", { name: /the rest of this track$/ });
  assert.ok(await rest.isChecked());
  const raise = sheet().getByRole("button", { name: /^Raise by/ });
  const by = Number((await raise.innerText()).replace(/\D/g, ""));
  assert.ok(by >= 1 && by < 25, `${by}`);
  await fine(page, "paying-cap-rest", LOOKS[0]);
  await raise.click();
  await player().getByRole("button", { name: "Raise the cap" }).waitFor({ state: "detached" });
  await cap(60n);
});

test("at a cap the next free track of the queue is one press away", async () => {
  await cap(1n);
  const night = tracks.find(({ title }) => title === "Neon on Wet Asphalt");
  await page.goto(`/r/${night.album.id}`);
  await page.getByRole("main").getByRole("row").getByText(night.title, { exact: true }).click();
  await sheet().getByText("You reached your cap").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-cap-free", each);
  }
  await sheet().getByRole("button", { name: "Next free track" }).click();
  await player().getByText("Über die Brücke").first().waitFor();
  await player().getByRole("button", { name: "Pause", exact: true }).waitFor();
  await cap(40n);
});

test("what follows a free track begins a session of its own, when its turn comes", async () => {
  const track = priced.find(({ album }) =>
    tracks.some((each) => each.album?.id === album.id && !each.pricePerSecond),
  );
  const before = tracks.find(
    (each) => each.album?.id === track.album.id && each.trackNo === track.trackNo - 1,
  );
  assert.ok(before && !before.pricePerSecond);
  await page.goto(`/r/${track.album.id}`);
  await page.getByRole("main").getByRole("row").getByText(before.title, { exact: true }).click();
  await player().getByRole("button", { name: "Pause", exact: true }).waitFor();
  const starts = frames("START").length;
  const tape = player().getByRole("slider", { name: "Place in the track" });
  await until("it does not sound", async () => Number(await tape.getAttribute("aria-valuenow")) >= 1);
  assert.equal(frames("START").length, starts);
  await tape.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await player().getByText(track.title).first().waitFor();
  await reaches(2n);
  assert.deepEqual(
    frames("START")
      .slice(starts)
      .map(({ trackId }) => trackId),
    [track.id],
  );
});

/** Plays `first` to its end with `second` behind it: what the sound went through at the crossing. */
async function crosses(first, second) {
  await press(first);
  await reaches(1n);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Search" }).click();
  await page.getByRole("searchbox").fill(second.title);
  await page
    .getByRole("button", { name: `More for ${second.title}` })
    .first()
    .click();
  await page.getByRole("menuitem", { name: "Play next" }).click();
  const tape = player().getByRole("slider", { name: "Place in the track" });
  await tape.focus();
  const known = frames("BEAT").length;
  await until("the meter stands still", () => frames("BEAT").length > known);
  // So that the last beat of the first one leaves more than half a second for the second one to begin in.
  await sleep(600);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await until("it does not sound on", async () => Number(await tape.getAttribute("aria-valuenow")) >= 41);
  await page.evaluate(() => {
    window.silences = [];
  });
  const settled = frames("SESSION_SETTLED").length;
  await until("the second one is not begun", () => frames("START").at(-1).trackId === second.id);
  await player().getByText(second.title).first().waitFor();
  await reaches(2n);
  assert.equal(frames("SESSION_SETTLED").length, settled + 1);
  assert.notEqual(frames("SESSION_SETTLED").at(-1).sessionId, frames("BEAT").at(-1).sessionId);
  return await page.evaluate(() => window.silences);
}

test("one that costs something follows another without a gap, in a session of its own", async () => {
  await page.addInitScript(() => {
    window.silences = [];
    const Sound = window.Audio;
    window.Audio = function Recorded() {
      const audio = new Sound();
      const tell = ({ type }) => window.silences.push(type);
      for (const type of ["waiting", "ended", "emptied", "playing"]) audio.addEventListener(type, tell);
      return audio;
    };
  });
  // A machine that is busy may take longer than there is time, once.
  let silences;
  for (let tries = 0; tries < 3 && silences?.length !== 0; tries++) {
    silences = await crosses(priced[tries % 2], priced[(tries + 1) % 2]);
  }
  assert.deepEqual(silences, []);
});

test("a play that ends without a network stays paid for, and is settled once there is one", async () => {
  await join(page);
  await page.goto("/");
  await api("/dev/faucet", "POST", { amount: (100n * BEAT).toString() });
  await cap(60n);
  await press(priced[0]);
  await reaches(1n);
  const tape = player().getByRole("slider", { name: "Place in the track" });
  const { width, height } = await tape.boundingBox();
  await tape.click({ position: { x: width * 0.85, y: height / 2 } });
  await reaches(3n);
  page.expected = /ERR_INTERNET_DISCONNECTED|WebSocket/;
  meter.dead = true;
  await page.context().setOffline(true);
  await meter.line.close();
  await seen(/^Not connected/).waitFor();
  await seen(/^A play that cost \d+\.00 beats has no receipt yet/).waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-open-end", each);
  }
  // Every second that was told, and no other.
  const told = frames("BEAT").at(-1).cumulativeAmount;
  const left = `${100n - BigInt(told) / BEAT}.00`;
  const nav = page.getByRole("navigation", { name: "Main" });
  await nav.getByText(left, { exact: true }).waitFor();
  meter.dead = false;
  await page.context().setOffline(false);
  await page.getByText(/ beats were paid$/).waitFor();
  await nav.getByText(/^9\d\.00$/).waitFor();
  assert.equal(await player().getByText("has no receipt yet").count(), 0);
  const { items } = await api("/me/receipts");
  assert.equal(items.length, 1);
  await until("the balance is not what the receipt leaves", async () => {
    const figure = `${100n - BigInt(items[0].total.amount) / BEAT}.00`;
    return (await nav.getByText(figure, { exact: true }).count()) === 1;
  });
});

test("another price than the one that was shown is said, and waits for an answer", async () => {
  await join(page);
  await page.goto("/");
  await api("/dev/faucet", "POST", { amount: (100n * BEAT).toString() });
  await cap(60n);
  // The page was there before the price was raised.
  let isRaised = false;
  await page.route(`**/api/v1/tracks/${priced[0].id}`, async (route) => {
    const answer = await route.fetch();
    const track = await answer.json();
    if (!isRaised) track.pricePerSecond.amount = "500000";
    await route.fulfill({ response: answer, json: track });
  });
  await page.goto(`/t/${priced[0].id}`);
  await page.getByRole("main").getByText("0.50", { exact: true }).first().waitFor();
  // The player, too, has asked for what it goes on with.
  await still(page);
  isRaised = true;
  // Meanwhile another device of the account wrote its queue.
  let conflicts = 0;
  await page.route("**/api/v1/me/queue", async (route) => {
    if (route.request().method() !== "PUT" || conflicts > 0) return route.fallback();
    conflicts += 1;
    const problem = {
      type: "about:blank",
      title: "",
      status: 412,
      code: "precondition_failed",
      requestId: "",
    };
    await route.fulfill({ status: 412, contentType: "application/problem+json", json: problem });
  });
  await page.getByRole("main").getByRole("button", { name: /^Play/ }).first().click();
  await seen("The price is 1.00 beats a second now.").waitFor();
  await seen("1.00/s").waitFor();
  await page.getByRole("main").getByText("0.50", { exact: true }).first().waitFor({ state: "detached" });
  await until("the other device is not heard of", () => conflicts > 0);
  await page.unroute("**/api/v1/me/queue");
  await page.unroute(`**/api/v1/tracks/${priced[0].id}`);
  await still(page);
  await seen("The price is 1.00 beats a second now.").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-price", each);
  }
  await player().getByRole("button", { name: "Keep listening" }).click();
  await reaches(1n);
});

test("a preview costs nothing", async () => {
  await join(page);
  await page.goto("/");
  const before = meter.said.length;
  // Play is pressed before it is known who listens.
  await page.route("**/api/v1/me", async (route) => {
    await sleep(2000);
    await route.continue().catch(() => {});
  });
  await press(priced[0]);
  await sheet().getByRole("button", { name: "Only the preview" }).click();
  await page.unroute("**/api/v1/me");
  await seen("Preview").waitFor();
  await player().getByRole("button", { name: "Pause", exact: true }).waitFor();
  await player().getByRole("button", { name: "Hear all of it" }).waitFor();
  const tape = player().getByRole("slider", { name: "Place in the track" });
  await until("nothing is heard", async () => Number(await tape.getAttribute("aria-valuenow")) > 0);
  // It begins anew, and costs what that costs.
  const most = Math.ceil(priced[0].durationMs / 1000);
  assert.equal(await seen(/^at most/).innerText(), `at most ${most}.00`);
  // A place that it lacks is not gone to: why is said, and it plays on.
  await tape.focus();
  await page.keyboard.press("End");
  await seen(/^The preview ends at \d:\d\d\.$/).waitFor();
  await player().getByRole("button", { name: "Pause", exact: true }).waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-preview", each);
  }
  assert.deepEqual(
    meter.said.slice(before).filter(({ type }) => type === "START"),
    [],
  );
});

test("caps are set in the settings", async () => {
  await page.goto("/settings");
  const section = page
    .getByRole("region", { name: "Spending caps" })
    .or(page.locator("section", { hasText: "Spending caps" }));
  await section.getByLabel("In a day").first().fill("12,5");
  await section.getByLabel("On one play").first().fill("much");
  await section.getByRole("button", { name: "Save" }).first().click();
  await page.getByText("An amount of beats").waitFor();
  await section.getByLabel("On one play").first().fill("");
  await section.getByRole("button", { name: "Save" }).first().click();
  await page.getByText("Saved").first().waitFor();
  const caps = await api("/me/spending-caps");
  assert.deepEqual([caps.perDay?.amount, caps.perPlay], ["12500000", null]);
  // What is spent of it, beside it: what the tests before this one left.
  await section
    .getByText(/^\d[\d.,]* of 12\.5 spent today$/)
    .first()
    .waitFor();
  await section
    .getByText(/^\d[\d.,]* spent (on .+ )?this month$/)
    .first()
    .waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "paying-caps", each);
  }
});
