import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { type Me, meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { messageOf } from "../../ui/state.tsx";
import type { Page } from "./pages.ts";

/** The pages of others that the account was made a manager of: it is theirs to say yes or no. */
export function Offers({ offers, me }: { offers: readonly Page[]; me: Me }) {
  return offers.map((page) => <Offer key={page.id} page={page} me={me} />);
}

function Offer({ page: { id, displayName, role }, me }: { page: Page; me: Me }) {
  const { t } = useTranslation();
  const at = { params: { path: { id, userId: me.userId } } };
  const answer = useMutation({
    mutationFn: async (yes: boolean) => {
      const path = "/api/v1/artists/{id}/managers/{userId}";
      await (yes ? ask(server.api.PUT(path, { ...at, body: { role } })) : ask(server.api.DELETE(path, at)));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      await queryClient.invalidateQueries({ queryKey: ["studio"] });
    },
  });
  return (
    <section
      aria-label={t("studio.offer.title")}
      className="mb-6 flex flex-wrap items-center gap-x-6 gap-y-3 border-y border-line py-3"
    >
      <p className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
        {t(`studio.offer.${role}`, { name: displayName })}
        {answer.error && (
          <span role="alert" className="block text-13 text-rust">
            {messageOf(t, answer.error)}
          </span>
        )}
      </p>
      <div className="flex gap-3">
        <Button busy={answer.isPending} onPress={() => answer.mutate(true)}>
          {t("studio.offer.yes")}
        </Button>
        <Button busy={answer.isPending} onPress={() => answer.mutate(false)}>
          {t("studio.offer.no")}
        </Button>
      </div>
    </section>
  );
}
