import { ask } from "@resonance/sdk";
import { keepPreviousData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { Heading } from "../../ui/screen.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { Select } from "../../ui/select.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Member, membersQuery, type Role } from "./queries.ts";
import { Suspend } from "./suspend.tsx";

const ROLES = ["listener", "artist", "moderator", "admin"] as const;
type Shown = Role | "all" | "suspended";

/** The accounts of this server. */
export function Users() {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  const q = useDeferredValue(text.trim());
  const users = useInfiniteQuery({
    ...membersQuery({
      ...(q ? { q } : {}),
      ...(shown === "suspended" ? { suspended: true } : shown === "all" ? {} : { role: shown }),
    }),
    placeholderData: keepPreviousData,
  });
  const all = users.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <Heading className="display mt-8 text-32">{t("admin.nav.users")}</Heading>
      <div className="mt-5 grid items-end gap-3 sm:grid-cols-[1fr_12rem]">
        <SearchField
          label={t("admin.users.search")}
          placeholder={t("admin.users.search")}
          value={text}
          onChange={setText}
        />
        <Select
          label={t("admin.users.shown")}
          labelHidden
          value={shown}
          onChange={setShown}
          choices={[
            { value: "all", label: t("admin.users.all") },
            ...ROLES.map((role) => ({ value: role, label: t(`admin.roles.${role}`) })),
            { value: "suspended", label: t("admin.users.suspended") },
          ]}
        />
      </div>
      {users.isLoadingError ? (
        <Failure error={users.error} retry={() => users.refetch()} />
      ) : all?.length === 0 ? (
        <Empty title={t("admin.users.none")} />
      ) : (
        <ul className="mt-5 border-t border-line">
          {all?.map((member) => <Row key={member.userId} member={member} />) ??
            [0, 1, 2, 3, 4].map((row) => (
              <li key={row} className="ruled py-3">
                <Skeleton className="h-9 w-full" />
              </li>
            ))}
        </ul>
      )}
      {users.hasNextPage && (
        <Button className="mt-5" busy={users.isFetchingNextPage} onPress={() => void users.fetchNextPage()}>
          {t("action.show_more")}
        </Button>
      )}
    </>
  );
}

function Row({ member }: { member: Member }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const { userId, username, email, wallets, role, createdAt, suspendedAt } = member;
  const name = username ?? email ?? wallets[0] ?? userId;
  const change = useMutation({
    mutationFn: (body: { role?: Role; suspended?: boolean }) =>
      ask(server.api.PATCH("/api/v1/admin/users/{id}", { params: { path: { id: userId } }, body })),
    onError: (error) => toast(messageOf(t, error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["admin", "users"] }),
  });
  const day = (time: string) =>
    new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" }).format(new Date(time));
  return (
    <li className="ruled grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 py-2 sm:grid-cols-[1fr_8rem_9rem_9rem]">
      <div className="min-w-0">
        <p className="one-line font-medium" title={name}>
          {name}{" "}
          {me?.userId === userId && <span className="font-normal text-soft">{t("admin.users.you")}</span>}
        </p>
        <p className="one-line text-13 text-soft">
          {email ? username && email : t("admin.users.no_email")}
          {suspendedAt && (
            <span className="text-rust">
              {" "}
              · {t("admin.users.suspended_since", { day: day(suspendedAt) })}
            </span>
          )}
        </p>
      </div>
      <span className="figure hidden text-13 text-soft sm:block">{day(createdAt)}</span>
      <Select
        label={t("admin.users.role_of", { name })}
        labelHidden
        className="w-32 sm:w-auto"
        value={role}
        choices={ROLES.map((each) => ({ value: each, label: t(`admin.roles.${each}`) }))}
        onChange={(next) => change.mutate({ role: next })}
      />
      <Suspend
        name={name}
        isSuspended={Boolean(suspendedAt)}
        busy={change.isPending}
        onChange={(suspended) => change.mutate({ suspended })}
      />
    </li>
  );
}
