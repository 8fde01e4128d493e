import { ask, type components } from "@resonance/sdk";
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { Sum } from "../wallet/sum.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import { every, next } from "./queries.ts";

const NewPerk = lazy(() => import("./new-perk.tsx").then((module) => ({ default: module.NewPerk })));

type Perk = components["schemas"]["Perk"];

const perksQuery = (page: string) =>
  queryOptions({
    queryKey: ["studio", "perks", page],
    queryFn: ({ signal }) =>
      every((cursor) =>
        ask(
          server.api.GET("/api/v1/perks", { params: { query: { artistId: page, ...next(cursor) } }, signal }),
        ),
      ),
  });

/** What the page gives for points: new ones are offered, and none is changed but taken off. */
export function Perks({ page }: { page: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(perksQuery(page));
  const [isOffering, setOffering] = useState(false);
  const [leaving, setLeaving] = useState<Perk>();
  const changed = () => queryClient.invalidateQueries({ queryKey: ["studio", "perks", page] });
  const withdraw = useMutation({
    mutationFn: ({ id }: Perk) => ask(server.api.DELETE("/api/v1/perks/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      setLeaving(undefined);
      return changed();
    },
  });
  return (
    <>
      <p className="mb-5 max-w-[66ch] text-soft">{t("studio.perks.what")}</p>
      {error && !data ? (
        <Failure error={error} retry={() => refetch()} />
      ) : data?.length === 0 ? (
        <p className="text-faint">{t("studio.perks.none")}</p>
      ) : (
        <ul className="border-t border-line">
          {data?.map((perk) => <Row key={perk.id} perk={perk} onWithdraw={() => setLeaving(perk)} />) ?? (
            <li className="ruled py-3">
              <Skeleton className="h-12 w-full" />
            </li>
          )}
        </ul>
      )}
      <Button icon="add" className="mt-5" onPress={() => setOffering(true)}>
        {t("studio.perks.offer")}
      </Button>
      {isOffering && (
        <Suspense fallback={null}>
          <NewPerk page={page} onClose={() => setOffering(false)} onOffered={changed} />
        </Suspense>
      )}
      <Dialog
        alert
        title={t("studio.perks.sure")}
        isOpen={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        actions={
          <>
            <Button onPress={() => setLeaving(undefined)}>{t("action.cancel")}</Button>
            <Button
              kind="danger"
              busy={withdraw.isPending}
              onPress={() => leaving && withdraw.mutate(leaving)}
            >
              {t("studio.perks.withdraw")}
            </Button>
          </>
        }
      >
        <p className="[overflow-wrap:anywhere] text-soft">
          {t("studio.perks.sure_text", { title: leaving?.title })}
        </p>
        {withdraw.error && (
          <p role="alert" className="mt-3 text-13 text-rust">
            {messageOf(t, withdraw.error)}
          </p>
        )}
      </Dialog>
    </>
  );
}

function Row({ perk, onWithdraw }: { perk: Perk; onWithdraw: () => void }) {
  const { t } = useTranslation();
  const { title, description, kind, price, left, stock } = perk;
  return (
    <li className="ruled grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 py-3">
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <h3 className="font-medium">{title}</h3>
        {description && <p className="max-w-[66ch] text-soft">{description}</p>}
        <p className="mt-1 flex flex-wrap gap-x-4 text-13 text-soft">
          <span>{t(`studio.perks.kinds.${kind}`)}</span>
          <Sum amount={price} />
          <span>{t("studio.perks.left", { left, stock })}</span>
        </p>
      </div>
      <IconButton icon="trash" label={t("studio.perks.withdraw_of", { title })} onPress={onWithdraw} />
    </li>
  );
}
