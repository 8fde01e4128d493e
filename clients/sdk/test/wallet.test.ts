import { describe, expect, it } from "vitest";
import { accountOf, findWallets, type Provider, signText, type Wallet, WalletError } from "../src/wallet.ts";

const ADDRESS = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A";

function provider(answers: Record<string, unknown>): Provider & { asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    request: async (call) => {
      asked.push(call);
      const answer = answers[call.method];
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  };
}

class Page extends EventTarget {
  ethereum?: unknown;

  announce(uuid: unknown, name: unknown, of: unknown) {
    const detail = { info: { uuid, name, icon: "data:,", rdns: "x.y" }, provider: of };
    this.dispatchEvent(Object.assign(new Event("eip6963:announceProvider"), { detail }));
  }
}

describe("the wallets of a page", () => {
  it("are found whether they were there before or come later, and once each", () => {
    const page = new Page();
    const [old, early, late] = [provider({}), provider({}), provider({})];
    page.ethereum = old;
    page.addEventListener("eip6963:requestProvider", () => page.announce("1", "Early", early));
    let seen: readonly Wallet[] = [];
    const stop = findWallets(page, (wallets) => {
      seen = wallets;
    });
    expect(seen.map(({ name }) => name)).toEqual(["", "Early"]);
    page.announce("2", "Late", late);
    page.announce("2", "Late", late);
    expect(seen.map(({ name }) => name)).toEqual(["", "Early", "Late"]);
    page.announce("3", "Old", old);
    expect(seen.map(({ name }) => name)).toEqual(["Early", "Late", "Old"]);
    stop();
    page.announce("4", "Gone", provider({}));
    expect(seen).toHaveLength(3);
  });

  it("are only those that are wallets, and not endless", () => {
    const page = new Page();
    let seen: readonly Wallet[] = [];
    findWallets(page, (wallets) => {
      seen = wallets;
    });
    page.announce(1, "No id", provider({}));
    page.announce("1", undefined, provider({}));
    page.announce("2", "No wallet", { request: "not a function" });
    page.dispatchEvent(new Event("eip6963:announceProvider"));
    expect(seen).toEqual([]);
    for (let n = 0; n < 50; n++) {
      page.announce(`n${n}`, "x".repeat(200), provider({}));
    }
    expect(seen).toHaveLength(20);
    expect(seen[0]?.name).toHaveLength(60);
  });
});

describe("a wallet", () => {
  it("is asked for its account and for a signature under a text, as bytes", async () => {
    const wallet = provider({ eth_requestAccounts: [ADDRESS], personal_sign: "0x12" });
    expect(await accountOf(wallet)).toBe(ADDRESS);
    expect(await signText(wallet, ADDRESS, "Grüß")).toBe("0x12");
    expect(wallet.asked[1]).toEqual({ method: "personal_sign", params: ["0x4772c3bcc39f", ADDRESS] });
  });

  it("says why it signed nothing", async () => {
    const refusing = provider({ eth_requestAccounts: Object.assign(new Error("no"), { code: 4001 }) });
    await expect(accountOf(refusing)).rejects.toMatchObject({ name: "WalletError", reason: "refused" });
    await expect(accountOf(provider({ eth_requestAccounts: new Error("?") }))).rejects.toMatchObject({
      reason: "failed",
    });
    await expect(accountOf(provider({ eth_requestAccounts: ["me"] }))).rejects.toMatchObject({
      reason: "no_account",
    });
    await expect(accountOf(provider({}))).rejects.toBeInstanceOf(WalletError);
    await expect(signText(provider({}), ADDRESS, "x")).rejects.toMatchObject({ reason: "failed" });
  });
});
