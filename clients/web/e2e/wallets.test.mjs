// Logging in with a wallet of the browser, which here is a key of this test: an account from the first log-in, linked and
// unlinked wallets, and an owner who says no.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { browser, fine, join, LOOKS, look, objections, visitor } from "./browser.mjs";

let chrome;

before(async () => {
  chrome = await browser();
});

after(() => chrome?.close());

/** A visitor with a wallet in the browser; `answers` says what its owner does. */
async function owner(account = privateKeyToAccount(generatePrivateKey())) {
  const page = await visitor(chrome);
  const answers = { refuses: false, account };
  await page.exposeFunction("askOwner", async (method, [message]) => {
    if (answers.refuses) return { refused: true };
    const { account: of } = answers;
    return {
      result:
        method === "eth_requestAccounts" ? [of.address] : await of.signMessage({ message: { raw: message } }),
    };
  });
  await page.addInitScript(() => {
    const provider = {
      async request({ method, params = [] }) {
        const { refused, result } = await window.askOwner(method, params);
        if (refused) throw Object.assign(new Error("User rejected the request"), { code: 4001 });
        return result;
      },
    };
    const info = {
      uuid: "350670db-19fa-4704-a166-e52e178b59d2",
      name: "Test Purse",
      icon: "data:,",
      rdns: "x.y",
    };
    const tell = () =>
      window.dispatchEvent(
        new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }),
      );
    window.addEventListener("eip6963:requestProvider", tell);
  });
  return { page, answers };
}

const purse = (page) => page.getByRole("button", { name: "Test Purse", exact: true });

test("a browser without a wallet is offered none", async () => {
  const page = await visitor(chrome);
  await page.goto("/login");
  await page.getByLabel("E-mail or username").waitFor();
  assert.equal(await page.getByText("With a wallet").count(), 0);
  await page.context().close();
});

test("the first log-in of a wallet makes an account, and the next finds it", async () => {
  const { page, answers } = await owner();
  await page.goto("/login?next=%2Fsettings");
  answers.refuses = true;
  await purse(page).click();
  await page.getByText("You did not let the wallet sign").waitFor();
  assert.deepEqual(await objections(page), []);
  answers.refuses = false;
  await purse(page).click();
  await page.waitForURL("**/settings");
  await page.getByText("An account was made for this wallet").waitFor();
  await page.getByText(answers.account.address).waitFor();
  // It has no other way in yet, so this one stays.
  await page.getByRole("button", { name: /^Unlink/ }).click();
  await page.getByText("This is the last way to log in").waitFor();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("link", { name: "Log in" }).first().click();
  await purse(page).click();
  // It has no name, so the place of the account is called what it is.
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByText(answers.account.address).waitFor();

  for (const each of LOOKS) {
    await look(page, "/settings", each);
    await fine(page, "settings-wallet", each);
  }

  // With a password it is not the last one any more.
  await page.getByLabel("E-mail", { exact: true }).fill(`w${process.pid}@example.com`);
  await page.getByLabel("Password", { exact: true }).fill("Harbour-light-4");
  await page.getByRole("button", { name: "Add them" }).click();
  await page.getByLabel("Current password").waitFor();
  await page.getByRole("button", { name: /^Unlink/ }).click();
  await page.getByText(answers.account.address).waitFor({ state: "hidden" });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a wallet is linked to an account, logs in to it, and is nobody else's", async () => {
  const { page, answers } = await owner();
  const { login } = await join(page);
  await page.goto("/settings");
  await page.getByRole("button", { name: "Link Test Purse" }).click();
  await page.getByText(answers.account.address).waitFor();
  const again = await owner(answers.account);
  await again.page.goto("/login");
  await purse(again.page).click();
  await again.page.getByRole("link", { name: login }).waitFor();
  await again.page.context().close();
  const other = await owner(answers.account);
  await join(other.page);
  await other.page.goto("/settings");
  await other.page.getByRole("button", { name: "Link Test Purse" }).click();
  await other.page.getByText("This wallet logs in to another account").waitFor();
  await other.page.context().close();
  await page.getByRole("button", { name: /^Unlink/ }).click();
  await page.getByText(answers.account.address).waitFor({ state: "hidden" });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("nothing is wrong with the log-in, in either theme and at either width", async () => {
  const { page } = await owner();
  for (const each of LOOKS) {
    await look(page, "/login", each);
    await fine(page, "login-wallet", each);
  }
  await page.context().close();
});
