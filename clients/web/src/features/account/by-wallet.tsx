import type { Wallet } from "@resonance/sdk/wallet";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import { toast } from "../../ui/toast.tsx";
import { becomeSomebody } from "./session.ts";
import { signedBy, useWallets, walletTrouble } from "./wallets.ts";

/** Logging in with a wallet of this browser; nothing where there is none. */
export function ByWallet({ onSuccess }: { onSuccess: () => void }) {
  const { t } = useTranslation();
  const wallets = useWallets();
  const enter = useMutation({
    mutationFn: async (wallet: Wallet) => {
      const { created } = await server.logInByWallet(await signedBy(wallet, "login"));
      await becomeSomebody();
      return created;
    },
    onSuccess: (created) => {
      if (created) {
        toast(t("account.wallet.made"));
      }
      onSuccess();
    },
  });
  if (wallets.length === 0) {
    return null;
  }
  return (
    <section aria-label={t("account.wallet.or")} className="mt-10 max-w-[28rem] border-t border-line pt-5">
      <h2 className="text-18 font-semibold">{t("account.wallet.or")}</h2>
      <p className="mt-1 mb-4 text-13 text-faint">{t("account.wallet.what")}</p>
      <ul className="flex flex-wrap gap-3">
        {wallets.map((wallet) => (
          <li key={wallet.id} className="max-w-full">
            <Button
              icon="wallet"
              className="max-w-full"
              busy={enter.isPending && enter.variables.id === wallet.id}
              isDisabled={enter.isPending && enter.variables.id !== wallet.id}
              onPress={() => enter.mutate(wallet)}
            >
              <span className="one-line">{wallet.name || t("account.wallet.unnamed")}</span>
            </Button>
          </li>
        ))}
      </ul>
      <div role="alert">
        {enter.error && (
          <p className="mt-4 flex items-start gap-2 text-rust">
            <Icon name="alert" /> {walletTrouble(t, enter.error)}
          </p>
        )}
      </div>
    </section>
  );
}
