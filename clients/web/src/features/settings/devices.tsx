import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { becomeSomebody, leave } from "../account/session.ts";
import { useEndless } from "../catalogue/endless.ts";
import { type Page, page } from "../catalogue/queries.ts";
import { ago } from "./ago.ts";
import { deviceName } from "./device-name.ts";

const Dialog = lazy(() => import("../../ui/dialog.tsx").then((module) => ({ default: module.Dialog })));

type Device = components["schemas"]["Device"];

const devicesQuery = infiniteQueryOptions({
  queryKey: ["devices"],
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
  queryFn: ({ pageParam, signal }) =>
    ask(server.api.GET("/api/v1/auth/devices", { params: { query: page(pageParam, 20) }, signal })),
});

/** So many are shown of a list that is seldom looked through. */
const NEWEST = 5;

/** Where the account is logged in, and a way to end each. */
export function Devices() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { items, error, retry, more } = useEndless(useInfiniteQuery(devicesQuery));
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState(false);
  const out = useMutation({
    mutationFn: async (everywhere: boolean) => {
      if (everywhere) {
        await ask(server.api.POST("/api/v1/auth/logout-all"));
        await becomeSomebody();
      } else {
        await leave();
      }
    },
    onSuccess: () => navigate({ to: "/" }),
    onError: (failure) => toast(messageOf(t, failure)),
  });
  if (error) {
    return <Failure error={error} retry={retry} />;
  }
  return (
    <>
      {items ? (
        <ul className="border-t border-line">
          {(all ? items : items.slice(0, NEWEST)).map((device) => (
            <DeviceRow key={device.id} device={device} onLeave={() => out.mutate(false)} />
          ))}
        </ul>
      ) : (
        <Skeleton className="h-32 w-full" />
      )}
      {items && !all && items.length > NEWEST && (
        <Button kind="plain" onPress={() => setAll(true)}>
          {t("account.show_all_devices")}
        </Button>
      )}
      {all && more.has && (
        <Button kind="plain" busy={more.loading} onPress={more.load}>
          {t("action.show_more")}
        </Button>
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <Button busy={out.isPending} onPress={() => out.mutate(false)}>
          {t("nav.log_out")}
        </Button>
        <Button kind="danger" onPress={() => setAsking(true)}>
          {t("account.log_out_everywhere")}
        </Button>
      </div>
      {asking && (
        <Suspense fallback={null}>
          <Dialog
            alert
            isOpen
            title={t("account.everywhere_ask")}
            onClose={() => setAsking(false)}
            actions={
              <>
                <Button onPress={() => setAsking(false)}>{t("action.cancel")}</Button>
                <Button kind="danger" busy={out.isPending} onPress={() => out.mutate(true)}>
                  {t("account.log_out_everywhere")}
                </Button>
              </>
            }
          >
            <p className="text-soft">{t("account.everywhere_what")}</p>
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

function DeviceRow({ device, onLeave }: { device: Device; onLeave: () => void }) {
  const { t, i18n } = useTranslation();
  const name = deviceName(device.name);
  const { mutate, isPending } = useMutation({
    mutationFn: () =>
      ask(server.api.DELETE("/api/v1/auth/devices/{id}", { params: { path: { id: device.id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: devicesQuery.queryKey }),
    onError: (error) => toast(messageOf(t, error)),
  });
  return (
    <li className="ruled flex min-h-16 items-center gap-4 py-2">
      <div className="min-w-0 flex-1">
        <p className="one-line font-medium" title={device.name}>
          {name || t("account.unnamed_device")}
        </p>
        <p className="text-13 text-soft">
          {device.current ? t("account.this_device") : ago(device.seenAt, Date.now(), i18n.language)}
          {" · "}
          <span className="figure">{device.address}</span>
        </p>
      </div>
      <Button
        kind="plain"
        busy={isPending}
        aria-label={t("account.end_of", { name })}
        onPress={() => (device.current ? onLeave() : mutate())}
      >
        {t("account.end")}
      </Button>
    </li>
  );
}
