// One account on two devices: what one left, the other takes up, and neither undoes what the other did.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, browser, join, logIn, until, visitor } from "./browser.mjs";

let chrome;
let desk;
let phone;
let free;
let account;

before(async () => {
  chrome = await browser();
  desk = await visitor(chrome);
  phone = await visitor(chrome, { viewport: { width: 390, height: 844 } });
  account = await join(desk);
  await logIn(phone, account);
  const { items } = await (await fetch(`${base}/api/v1/tracks?sort=title&order=asc&limit=50`)).json();
  free = items.filter(({ pricePerSecond }) => !pricePerSecond);
});

after(() => chrome?.close());

const player = (of) => of.getByRole("region", { name: "Player", exact: true });
const button = (name, of) => player(of).getByRole("button", { name, exact: true });
const seconds = async (of) =>
  Number(await player(of).getByRole("slider", { name: "Place in the track" }).getAttribute("aria-valuenow"));
const queue = async (of) => await of.request.get(`${base}/api/v1/me/queue`).then((answer) => answer.json());
/** The window is looked at again. */
const lookAgain = (of) => of.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

test("what was left on one device is there on another, at its place", async () => {
  await desk.goto("/crate?tab=tracks&sort=title");
  await desk
    .getByRole("row", { name: new RegExp(free[0].title) })
    .first()
    .click();
  await until("no sound", async () => (await seconds(desk)) >= 3);
  await button("Pause", desk).click();
  await until("it is not kept", async () => (await queue(desk)).positionMs >= 3000);
  const kept = await queue(desk);
  assert.equal(kept.trackIds[kept.index], free[0].id);
  // As if its page had gone while it played.
  const told = await desk.request.put(`${base}/api/v1/me/now-playing`, {
    headers: { "x-resonance-client": "web", origin: base },
    data: { trackId: free[0].id, positionMs: 3000 },
  });
  assert.ok(told.ok(), await told.text());

  await phone.goto("/");
  await player(phone).getByText(free[0].title).first().waitFor();
  assert.ok((await seconds(phone)) >= 3, `${await seconds(phone)}`);
  // It is the first that one sees, above what is new.
  const stopped = phone.getByRole("region", { name: "Pick up where you stopped" });
  await stopped.getByText(free[0].title).waitFor();
  const [strip, lead] = await Promise.all(
    [stopped, phone.getByRole("heading", { level: 1 })].map((part) => part.boundingBox()),
  );
  assert.ok(strip.y >= 0 && strip.y + strip.height <= lead.y, `${strip.y} to ${strip.y + strip.height}`);
  await stopped.getByRole("button", { name: "Go on" }).click();
  await until("it does not go on", async () => (await seconds(phone)) >= 4);
  await stopped.getByRole("button", { name: "Pause" }).waitFor();
});

test("who comes back finds where the other one is", async () => {
  const { trackIds, index } = await queue(phone);
  await button("Next track", phone).click();
  await until("it is not kept", async () => (await queue(phone)).index !== index);
  const there = (await queue(phone)).index;
  await until("nothing is heard", async () => (await seconds(phone)) >= 1);
  await button("Pause", phone).click();
  await lookAgain(desk);
  const title = (await (await fetch(`${base}/api/v1/tracks/${trackIds[there]}`)).json()).title;
  await player(desk).getByText(title).first().waitFor();
  await button("Play", desk).waitFor();
});

test("an order made on one does not stop what plays on the other", async () => {
  await button("Play", desk).click();
  await until("no sound", async () => (await seconds(desk)) >= 2);
  const before = (await queue(desk)).trackIds;
  const now = await player(desk).getByRole("link").nth(1).innerText();
  await lookAgain(phone);
  await button("Queue", phone).click();
  const panel = phone.getByRole("complementary", { name: "Queue" });
  await panel.getByRole("row").first().waitFor();
  // One that is in sight, and does not follow already.
  const { trackIds, index: on } = await queue(phone);
  const moved = await (await fetch(`${base}/api/v1/tracks/${trackIds[on + 4]}`)).json();
  await panel.getByRole("button", { name: `What to do with ${moved.title}` }).click();
  await phone.getByRole("menuitem", { name: "Play next" }).click();
  await until("it is not kept", async () => (await queue(phone)).trackIds.join() !== before.join());
  const { trackIds: order, index } = await queue(phone);
  // The one that plays tells its place, hears of the other order and takes it.
  await button("Queue", desk).click();
  const rows = desk.getByRole("complementary", { name: "Queue" }).getByRole("row");
  const { title } = await (await fetch(`${base}/api/v1/tracks/${order[index + 1]}`)).json();
  await until("it does not take the order", async () => {
    const texts = await rows.allInnerTexts();
    return texts[texts.findIndex((text) => text.includes("Now")) + 1]?.includes(title);
  });
  assert.equal(await player(desk).getByRole("link").nth(1).innerText(), now);
  await button("Pause", desk).waitFor();
  assert.deepEqual((await queue(desk)).trackIds, order, "the order was undone");
  assert.deepEqual([desk.wrong, phone.wrong], [[], []]);
});

test("the history begins with what is playing", async () => {
  await button("Pause", desk).waitFor();
  const title = await player(desk).getByRole("link").nth(1).innerText();
  await desk.getByRole("link", { name: "Crate", exact: true }).click();
  await desk.getByRole("tab", { name: "History" }).click();
  const first = desk.getByRole("grid", { name: "History" }).getByRole("rowgroup").first();
  await first.getByRole("rowheader", { name: "Playing" }).waitFor();
  assert.ok((await first.innerText()).includes(title), await first.innerText());
  await button("Pause", desk).click();
  await first.getByRole("rowheader", { name: "Paused" }).waitFor();
  assert.ok((await first.innerText()).includes(title));
});

test("the audio quality chosen on one device is that of the other", async () => {
  const radio = (page, name) =>
    page.getByRole("radiogroup", { name: "At most" }).getByRole("radio", { name });
  await phone.goto("/settings");
  await radio(phone, "High").waitFor({ state: "attached" });
  assert.ok(await radio(phone, "High").isChecked());
  await phone.locator("#quality").getByText("Low", { exact: true }).click();
  await until("the choice was not kept", async () => {
    const { profile } = await phone.evaluate(async () => (await fetch("/api/v1/me")).json());
    return profile.audioQuality === "low";
  });
  await desk.goto("/settings");
  await radio(desk, "Low").waitFor({ state: "attached" });
  await until("another is shown", () => radio(desk, "Low").isChecked());
});

test("settings lead to each of their parts, and show the newest devices first", async () => {
  for (let more = 0; more < 5; more++) {
    const other = await visitor(chrome);
    await logIn(other, account);
    await other.context().close();
  }
  await phone.goto("/settings");
  const devices = phone.locator("#devices");
  await devices.getByRole("listitem").first().waitFor();
  assert.equal(await devices.getByRole("listitem").count(), 5);
  await phone.getByRole("navigation", { name: "Parts" }).getByRole("link", { name: "Devices" }).click();
  await until("one is not led there", async () => {
    const { y } = await devices.getByRole("heading", { name: "Devices" }).boundingBox();
    return y >= 0 && y < 400;
  });
  // The keyboard is there, too.
  await phone.keyboard.press("Tab");
  assert.ok(await devices.evaluate((part) => part.contains(document.activeElement)));
  await devices.getByRole("button", { name: "Show all devices" }).click();
  await until("not all are shown", async () => (await devices.getByRole("listitem").count()) >= 7);
  await devices.getByText("This device").waitFor();
  assert.deepEqual([desk.wrong, phone.wrong], [[], []]);
});
