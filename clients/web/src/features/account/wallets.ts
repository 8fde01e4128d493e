import { ask, type components } from "@resonance/sdk";
import { accountOf, findWallets, signText, type Wallet, WalletError } from "@resonance/sdk/wallet";
import { useEffect, useState } from "react";
import type { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { messageOf } from "../../ui/state.tsx";

type Translate = ReturnType<typeof useTranslation>["t"];

/** The wallets that are in this browser. */
export function useWallets(): readonly Wallet[] {
  const [wallets, setWallets] = useState<readonly Wallet[]>([]);
  useEffect(() => findWallets(window, setWallets), []);
  return wallets;
}

/** Has a wallet sign what the server gives out for this purpose. */
export async function signedBy(
  { provider }: Wallet,
  purpose: components["schemas"]["SignedFor"],
): Promise<components["schemas"]["SignedMessage"]> {
  const address = await accountOf(provider);
  const { message } = await ask(server.api.POST("/api/v1/auth/wallet/nonce", { body: { address, purpose } }));
  return { message, signature: await signText(provider, address, message) };
}

/** What went wrong, in the reader's language. */
export function walletTrouble(t: Translate, error: unknown): string {
  return error instanceof WalletError ? t(`account.wallet.${error.reason}`) : messageOf(t, error);
}
