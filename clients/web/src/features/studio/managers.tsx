import { ask, type components } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { type Me, meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Select } from "../../ui/select.tsx";
import { Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { artistQuery } from "../catalogue/queries.ts";
import { Dialog } from "./lazy-dialog.tsx";
import { NewManager } from "./new-manager.tsx";
import { every } from "./queries.ts";

type Manager = components["schemas"]["Manager"];
const ROLES = ["owner", "editor"] as const;

/** Who manages an artist page; its owners decide, and admins for those that nobody manages or that lost their owners. */
export function Managers({ page: id, me }: { page: string; me: Me }) {
  const { t } = useTranslation();
  const [leaving, setLeaving] = useState<Manager>();
  const queryKey = ["studio", "managers", id];
  const managers = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      every((cursor) =>
        ask(
          server.api.GET("/api/v1/artists/{id}/managers", {
            params: { path: { id }, query: cursor ? { cursor } : {} },
            signal,
          }),
        ),
      ),
  });
  const refresh = async (userId: string) => {
    await queryClient.invalidateQueries({ queryKey });
    void queryClient.invalidateQueries({ queryKey: artistQuery(id).queryKey });
    if (userId === me.userId) {
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      await queryClient.invalidateQueries({ queryKey: ["studio"] });
    }
  };
  const put = useMutation({
    mutationFn: ({ userId, role }: Pick<Manager, "userId" | "role">) =>
      ask(
        server.api.PUT("/api/v1/artists/{id}/managers/{userId}", {
          params: { path: { id, userId } },
          body: { role },
        }),
      ),
    onSuccess: ({ userId }) => refresh(userId),
  });
  const remove = useMutation({
    mutationFn: ({ userId }: Manager) =>
      ask(server.api.DELETE("/api/v1/artists/{id}/managers/{userId}", { params: { path: { id, userId } } })),
    onSuccess: async (_, { userId }) => {
      setLeaving(undefined);
      await refresh(userId);
    },
  });
  const isAdmin = me.role === "admin";
  if (managers.isLoadingError) {
    return <Failure error={managers.error} retry={() => managers.refetch()} />;
  }
  const own = managers.data?.find(({ userId, accepted }) => accepted && userId === me.userId);
  const isOwner = own?.role === "owner";
  const decides = isOwner || isAdmin;
  return (
    <div className="max-w-[48rem]">
      <p className="mb-3 max-w-[58ch] text-13 text-soft">{t("studio.managers.text")}</p>
      {managers.data?.length === 0 ? (
        <p className="text-soft">{t("studio.managers.nobody")}</p>
      ) : (
        <ul className="border-t border-line">
          {managers.data?.map((manager) => {
            const name = manager.username ?? t("studio.managers.unnamed");
            const isMe = manager.userId === me.userId;
            return (
              <li
                key={manager.userId}
                className="ruled grid min-h-14 grid-cols-[1fr_auto_auto] items-center gap-3 py-1.5"
              >
                <span className="one-line">
                  {name} {isMe && <span className="text-soft">{t("studio.managers.you")}</span>}
                  {!manager.accepted && (
                    <span className="block text-13 text-soft">{t("studio.managers.asked")}</span>
                  )}
                </span>
                {decides ? (
                  <Select
                    label={t("studio.managers.role_of", { name })}
                    labelHidden
                    className="w-32"
                    value={manager.role}
                    choices={ROLES.map((role) => ({ value: role, label: t(`studio.managers.${role}`) }))}
                    onChange={(role) => put.mutate({ userId: manager.userId, role })}
                  />
                ) : (
                  <span className="text-soft">{t(`studio.managers.${manager.role}`)}</span>
                )}
                {isOwner || isMe ? (
                  <IconButton
                    icon="trash"
                    label={t("studio.managers.remove", { name })}
                    onPress={() => setLeaving(manager)}
                  />
                ) : (
                  <span />
                )}
              </li>
            );
          }) ?? <Skeleton className="my-2 h-11 w-full" />}
        </ul>
      )}
      {put.error && (
        <p role="alert" className="mt-3 text-13 text-rust">
          {messageOf(t, put.error)}
        </p>
      )}
      {isAdmin && !own && (
        <Button
          className="mt-6"
          busy={put.isPending && put.variables.userId === me.userId}
          onPress={() => put.mutate({ userId: me.userId, role: "owner" })}
        >
          {t("studio.managers.myself")}
        </Button>
      )}
      {decides && (
        <NewManager
          page={id}
          without={managers.data?.map(({ userId }) => userId) ?? []}
          isAdmin={isAdmin}
          first={
            managers.data?.some(({ role, accepted }) => accepted && role === "owner") ? "editor" : "owner"
          }
          busy={put.isPending}
          onAdd={(userId, role) => put.mutate({ userId, role })}
        />
      )}
      <Dialog
        alert
        title={t("studio.managers.sure", { name: leaving?.username ?? t("studio.managers.unnamed") })}
        isOpen={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        actions={
          <>
            <Button onPress={() => setLeaving(undefined)}>{t("action.cancel")}</Button>
            <Button kind="danger" busy={remove.isPending} onPress={() => leaving && remove.mutate(leaving)}>
              {t("studio.managers.take_off")}
            </Button>
          </>
        }
      >
        <p className="text-soft">{t("studio.managers.sure_text")}</p>
        {remove.error && (
          <p role="alert" className="mt-3 text-13 text-rust">
            {messageOf(t, remove.error)}
          </p>
        )}
      </Dialog>
    </div>
  );
}
