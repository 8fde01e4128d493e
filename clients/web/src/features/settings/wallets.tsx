import { ask } from "@resonance/sdk";
import type { Wallet } from "@resonance/sdk/wallet";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { type Me, meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { toast } from "../../ui/toast.tsx";
import { signedBy, useWallets, walletTrouble } from "../account/wallets.ts";

/** The wallets that log in to the account: linked here, and unlinked while another way in is left. */
export function Wallets({ me }: { me: Me }) {
  const { t } = useTranslation();
  const here = useWallets();
  const changed = {
    onSuccess: ({ wallets }: { wallets: string[] }) => {
      queryClient.setQueryData(meQuery.queryKey, (now) => now && { ...now, wallets });
      void queryClient.invalidateQueries({ queryKey: ["devices"] });
    },
    onError: (error: unknown) => toast(walletTrouble(t, error)),
  };
  const link = useMutation({
    mutationFn: async (wallet: Wallet) =>
      ask(server.api.POST("/api/v1/me/wallets", { body: await signedBy(wallet, "link") })),
    ...changed,
  });
  const unlink = useMutation({
    mutationFn: (address: string) =>
      ask(server.api.DELETE("/api/v1/me/wallets", { params: { query: { address } } })),
    ...changed,
  });
  return (
    <>
      <p className="max-w-[66ch] text-soft">{t("account.wallet.linked_what")}</p>
      {me.wallets.length > 0 && (
        <ul className="mt-4 border-t border-line">
          {me.wallets.map((address) => (
            <li key={address} className="ruled flex min-h-14 items-center justify-between gap-4 py-2">
              <span className="min-w-0 font-mono text-13 break-all">{address}</span>
              <Button
                kind="plain"
                busy={unlink.isPending && unlink.variables === address}
                aria-label={t("account.wallet.unlink_of", { address })}
                onPress={() => unlink.mutate(address)}
              >
                {t("account.wallet.unlink")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {here.length === 0 && <p className="mt-4 text-13 text-faint">{t("account.wallet.none_here")}</p>}
      <ul className="mt-4 flex flex-wrap gap-3">
        {here.map((wallet) => (
          <li key={wallet.id} className="max-w-full">
            <Button
              icon="link"
              className="max-w-full"
              busy={link.isPending && link.variables.id === wallet.id}
              onPress={() => link.mutate(wallet)}
            >
              <span className="one-line">
                {t("account.wallet.link", { name: wallet.name || t("account.wallet.unnamed") })}
              </span>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
