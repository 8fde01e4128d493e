// Money outside of the player: what comes in, what it was spent on, receipts that prove themselves, and what becomes of one
// that is contested.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { exact } from "@resonance/sdk/money";
import {
  admin,
  browser,
  comes,
  fine,
  join,
  LOOKS,
  logIn,
  look,
  objections,
  until,
  visitor,
} from "./browser.mjs";
import { asker, hear } from "./paying.mjs";

let chrome;
let page;
let person;
let ask;
let session;
let dismissed;
const folder = mkdtempSync(path(tmpdir(), "resonance-wallet-"));

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  person = await join(page);
  ask = await asker(person);
});

after(async () => {
  await chrome?.close();
  rmSync(folder, { recursive: true, force: true });
});

const main = () => page.locator("main");
const dialog = () => page.getByRole("dialog");
const topUp = () => page.getByRole("button", { name: "Top up" }).first().click();
const pay = () =>
  dialog()
    .getByRole("button", { name: /^Top up/ })
    .click();

test("who is not logged in is asked to, and a new wallet is empty", async () => {
  const other = await visitor(chrome);
  await other.goto("/wallet");
  await other.getByRole("heading", { name: "Log in to see your wallet" }).waitFor();
  assert.deepEqual(await objections(other), []);
  await other.context().close();
  await page.goto("/wallet");
  await page.getByText("Nothing has moved yet").waitFor();
});

test("beats come in by a payment and by play money, and not by one that is declined", async () => {
  await page.goto("/wallet");
  await topUp();
  await dialog().getByLabel("How", { exact: true }).selectOption("test-declined");
  await pay();
  await page.getByText("Nothing was charged").waitFor();
  await dialog().getByText("Another amount").click();
  await dialog().getByLabel("How many beats").fill("nothing");
  await pay();
  await page.getByText("Write a number above 0").waitFor();
  await dialog().getByLabel("How many beats").fill("12,5");
  await dialog().getByLabel("How", { exact: true }).selectOption("test");
  await pay();
  await dialog().waitFor({ state: "hidden" });
  await main().getByText("12.50", { exact: true }).waitFor();
  await topUp();
  await dialog().getByLabel("How", { exact: true }).selectOption("faucet");
  await pay();
  await dialog().waitFor({ state: "hidden" });
  await main().getByText("112.50", { exact: true }).waitFor();
  await main().getByText("+100.00").waitFor();
  // It stands beside the tabs too, wherever one is.
  await page.getByRole("link", { name: /^Balance\s*112\.50/ }).waitFor();
});

test("a line that breaks off while paying pays once", async () => {
  let sent = 0;
  page.expected = /ERR_CONNECTION_RESET/;
  await page.route("**/me/top-ups", async (route) => {
    sent += 1;
    // The server gets it, and the answer is lost.
    await route.fetch();
    await route.abort("connectionreset");
  });
  await topUp();
  await pay();
  await dialog().getByText("The server cannot be reached").waitFor();
  await page.unroute("**/me/top-ups");
  await pay();
  await dialog().waitFor({ state: "hidden" });
  assert.equal(sent, 1);
  await main().getByText("212.50", { exact: true }).waitFor();
});

test("a payment that nobody knows the end of stays in sight", async () => {
  await topUp();
  await dialog().getByLabel("How", { exact: true }).selectOption("test-lost");
  await pay();
  await dialog().getByText("is being looked into").waitFor();
  await dialog().getByRole("button", { name: "Close" }).last().click();
  await page.reload();
  await main().getByRole("heading", { name: "Top-ups that are being looked into" }).waitFor();
  await main()
    .getByRole("listitem")
    .filter({ hasText: /^100\.00 beats since/ })
    .waitFor();
  for (const each of LOOKS) {
    await look(page, "/wallet", each);
    await fine(page, "money-waiting", each);
  }
});

test("what was heard is one transaction, and leads to its receipt", async () => {
  const { items } = await ask("GET", "/tracks?limit=100");
  const track = items.find(({ title }) => title === "Damn Umbrella");
  const heard = await hear(ask, track.id, 17);
  assert.equal(heard.amount, BigInt(heard.beats) * 100_000n);
  session = heard.session;
  await page.goto("/wallet");
  const left = String(212_500_000n - heard.amount);
  await main()
    .getByText(exact({ asset: "BEAT", amount: left }), { exact: true })
    .waitFor();
  assert.equal(
    await main()
      .getByText(/^Listening to/)
      .count(),
    1,
  );
  const cost = exact({ asset: "BEAT", amount: String(heard.amount) });
  await main().getByText(`−${cost}`).waitFor();
  await page.getByText("Show amounts set aside").click();
  await main().getByText("Set aside for listening").first().waitFor();
  await page.getByLabel("Which transactions").selectOption("BTN");
  await page.getByText("Nothing has moved yet").waitFor();
  await page.getByLabel("Which transactions").selectOption("BEAT");
  await main()
    .getByRole("link", { name: /^Listening to/ })
    .first()
    .click();
  await page.waitForURL(`**/wallet/receipts/${session}`);
  await page.getByRole("heading", { name: "Damn Umbrella" }).waitFor();
});

test("a receipt proves itself here, and as a file to the server's program", async () => {
  await page.getByText("This receipt proves what it says").waitFor();
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).click();
  const file = path(folder, "receipt.json");
  await (await coming).saveAs(file);
  const { stdout } = await promisify(execFile)(process.env.RESONANCE, ["receipt", "verify", file]);
  assert.match(stdout, /Damn Umbrella/);
});

test("a receipt from a file is checked, and one that was changed is found out", async () => {
  const file = path(folder, "receipt.json");
  await page.getByRole("link", { name: "Receipts" }).first().click();
  await page.getByLabel("Check a receipt from a file").setInputFiles(file);
  await page.getByText("This receipt proves what it says").waitFor();
  const receipt = JSON.parse(readFileSync(file, "utf8"));
  receipt.total.amount = "1";
  const forged = path(folder, "forged.json");
  writeFileSync(forged, JSON.stringify(receipt));
  await page.getByLabel("Check a receipt from a file").setInputFiles(forged);
  await page.getByText("This receipt does not prove what it says").waitFor();
  // That it is false stands before what it says.
  const text = await page.getByRole("region", { name: "The receipt in the file" }).innerText();
  assert.ok(text.indexOf("does not prove") < text.indexOf("Total"), text);
  await page.getByRole("link", { name: "How it stands now" }).waitFor();
  writeFileSync(forged, "[]");
  await page.getByLabel("Check a receipt from a file").setInputFiles(forged);
  await page.getByText("This file is no receipt").waitFor();
});

test("a session that goes on has no receipt yet", async () => {
  const { items } = await ask("GET", "/tracks?limit=100");
  const track = items.find(({ title }) => title === "Damn Umbrella");
  const { session: open } = await hear(ask, track.id, 1, { goOn: true });
  await page.goto(`/wallet/receipts/${open}`);
  await page.getByRole("heading", { name: "This goes on" }).waitFor();
  await ask("POST", `/sessions/${open}/settle`);
  dismissed = open;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Damn Umbrella" }).waitFor();
});

test("a session is contested, an admin gives it back, and both sides see it", async () => {
  await page.goto(`/wallet/receipts/${session}`);
  await page.getByRole("button", { name: "Contest it" }).click();
  await dialog().getByRole("button", { name: "Contest", exact: true }).click();
  await dialog().getByText("Say what was wrong").waitFor();
  await dialog().getByLabel("What was wrong").fill("I fell asleep <b>with</b> the volume off");
  assert.deepEqual(await objections(page), []);
  await dialog().getByRole("button", { name: "Contest", exact: true }).click();
  await page.getByText("is put aside until the operator decides").waitFor();
  await page.getByRole("heading", { name: "Whose it is, put aside until it is decided" }).waitFor();

  const operator = await visitor(chrome);
  await logIn(operator, admin);
  await operator.goto("/admin");
  await operator.getByRole("link", { name: /^Disputes 1 waits for you/ }).waitFor();
  await operator.getByRole("link", { name: "1 waits for you", exact: true }).click();
  await operator.getByText("I fell asleep <b>with</b> the volume off").waitFor();
  await operator.getByRole("heading", { name: /^Damn Umbrella/ }).waitFor();
  await operator.getByText(`Contested by ${person.login}`).waitFor();
  for (const each of LOOKS) {
    await look(operator, "/admin/disputes", each);
    await fine(operator, "admin-disputes", each);
  }
  await operator.getByRole("heading").getByRole("link", { name: "Damn Umbrella" }).click();
  await operator.getByText("that is written down").waitFor();
  await operator.getByText("This receipt proves what it says").waitFor();
  await operator.getByText("I fell asleep <b>with</b> the volume off").waitFor();
  await fine(operator, "admin-disputed-receipt", LOOKS[0]);
  await operator.getByRole("button", { name: "Give it back" }).click();
  const asked = operator.getByRole("alertdialog");
  await asked.getByLabel("A word to both sides").fill("The volume <i>was</i> off.");
  assert.deepEqual(await objections(operator), []);
  await asked.getByRole("button", { name: "Give it back" }).click();
  await operator.getByText(/^Given back .*20/).waitFor();
  await operator.getByRole("link", { name: "Disputes" }).last().click();
  await operator.getByText("Nothing waits for you").waitFor();
  await operator.getByRole("tab", { name: "Given back" }).click();
  await operator.getByText("I fell asleep").waitFor();
  assert.deepEqual(operator.wrong, []);
  await operator.context().close();

  // Nobody loads the page anew: it hears of the decision.
  await page.getByText("all of it was given back to you").waitFor();
  await page.getByText("The operator wrote: The volume <i>was</i> off.").waitFor();
  await page.getByRole("heading", { name: "Who got it then, and has given it back" }).waitFor();
  // It still proves what was paid then.
  await page.getByText("This receipt proves what it says").waitFor();
  await page.goto("/wallet");
  await main()
    .getByRole("link", { name: /^Given back after a dispute: / })
    .waitFor();
  await until("the receipt says so in the list", async () => {
    await page.goto("/wallet/receipts");
    return await comes(main().getByText("Given back").first());
  });
});

test("what was contested and dismissed says so, and cannot be contested again", async () => {
  await ask("POST", `/sessions/${dismissed}/dispute`, { reason: "Too loud" });
  await page.goto(`/wallet/receipts/${dismissed}`);
  await page.getByText("is put aside until the operator decides").waitFor();
  const operator = await visitor(chrome);
  await logIn(operator, admin);
  await operator.goto("/admin/disputes");
  await operator.getByRole("button", { name: "Dismiss" }).click();
  await operator.getByRole("alertdialog").getByRole("button", { name: "Dismiss" }).click();
  await operator.getByText("Nothing waits for you").waitFor();
  assert.deepEqual(operator.wrong, []);
  await operator.context().close();
  await page.getByText("what you paid stays with the artists").waitFor();
  await page.getByText(/^Decided on/).waitFor();
  await page.getByText("You wrote: Too loud").waitFor();
  await page.reload();
  await page.getByText("what you paid stays with the artists").waitFor();
  assert.equal(await page.getByRole("button", { name: "Contest it" }).count(), 0);
});

test("nothing is wrong with any screen, in either theme and at either width", async () => {
  const screens = {
    wallet: "/wallet",
    receipts: "/wallet/receipts",
    receipt: `/wallet/receipts/${session}`,
    dismissed: `/wallet/receipts/${dismissed}`,
  };
  for (const each of LOOKS) {
    for (const [name, address] of Object.entries(screens)) {
      await look(page, address, each);
      await fine(page, `money-${name}`, each);
    }
  }
});

test("a receipt is printed on one page, black on white, with nothing to press", async () => {
  await look(page, `/wallet/receipts/${session}`, LOOKS[0]);
  await page.getByText("This receipt proves what it says").waitFor();
  await page.evaluate(() => {
    window.print = () => {
      window.printed = true;
    };
  });
  await page.getByRole("button", { name: "Print" }).click();
  assert.ok(await page.evaluate(() => window.printed));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("navigation").filter({ visible: true }).count(), 0);
  assert.equal(await page.getByRole("button").filter({ visible: true }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Receipts" }).filter({ visible: true }).count(), 0);
  await main().getByText(session, { exact: true }).filter({ visible: true }).waitFor();
  const colours = await page.evaluate(() => {
    const { color, backgroundColor } = getComputedStyle(document.documentElement);
    return [color, backgroundColor];
  });
  assert.deepEqual(colours, ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
  const paper = await page.pdf({ format: "A4" });
  assert.equal(paper.toString("latin1").match(/\/Type\s*\/Page\b/g).length, 1);
  writeFileSync(path(process.env.ARTEFACTS ?? folder, "receipt.pdf"), paper);
  await page.emulateMedia({ media: "screen" });
});
