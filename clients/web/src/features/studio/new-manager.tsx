import { ApiError, ask } from "@resonance/sdk";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { Select } from "../../ui/select.tsx";
import { Suggest, type Suggestion } from "./suggest.tsx";

type Role = "owner" | "editor";

/** As usernames are; anything shorter finds nobody. */
const USERNAME = /^[\p{L}\p{N}._-]{3,32}$/u;

/**
 * Lets somebody else manage a page. Its followers are suggested, and to admins all accounts; anybody else is found by
 * the whole of a username.
 */
export function NewManager({
  page,
  without,
  isAdmin,
  first,
  busy,
  onAdd,
}: {
  page: string;
  without: readonly string[];
  isAdmin: boolean;
  /** The role that is offered: a page that nobody owns needs an owner before anybody else. */
  first: Role;
  busy: boolean;
  onAdd: (userId: string, role: Role) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role>();
  const [chosen, setChosen] = useState<Suggestion>();
  const q = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ["studio", "people", page, isAdmin, q],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Suggestion[]> => {
      if (isAdmin) {
        const query = { limit: 10, ...(q ? { q } : {}) };
        const { items } = await ask(server.api.GET("/api/v1/admin/users", { params: { query }, signal }));
        return items.map(({ userId, username, email }) => ({
          id: userId,
          name: username ?? email ?? userId,
        }));
      }
      const [followers, named] = await Promise.all([
        queryClient.fetchQuery({ queryKey: ["studio", "followers", page], queryFn: () => followersOf(page) }),
        USERNAME.test(q) ? byName(q, signal) : undefined,
      ]);
      const others = followers.filter(({ id }) => id !== named?.id);
      return named ? [named, ...others] : others;
    },
  });
  const people = (data ?? []).filter(
    ({ id, name }) => !without.includes(id) && name.toLocaleLowerCase().includes(q.toLocaleLowerCase()),
  );
  return (
    <form
      className="mt-6 grid items-end gap-3 sm:grid-cols-[1fr_9rem_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen) {
          onAdd(chosen.id, role ?? first);
          setChosen(undefined);
        }
      }}
    >
      {chosen ? (
        <p className="one-line flex h-11 items-center">
          {chosen.name}
          <Button kind="plain" onPress={() => setChosen(undefined)}>
            {t("action.cancel")}
          </Button>
        </p>
      ) : (
        <Suggest
          label={t(first === "owner" ? "studio.managers.give" : "studio.managers.add")}
          placeholder={t(isAdmin ? "studio.managers.find_all" : "studio.managers.find")}
          suggestions={people}
          onType={setText}
          onPick={setChosen}
        />
      )}
      <Select
        label={t("studio.managers.role")}
        value={role ?? first}
        choices={[
          { value: "editor", label: t("studio.managers.editor") },
          { value: "owner", label: t("studio.managers.owner") },
        ]}
        onChange={setRole}
      />
      <Button type="submit" busy={busy} isDisabled={!chosen}>
        {t("studio.managers.let")}
      </Button>
    </form>
  );
}

async function followersOf(page: string): Promise<Suggestion[]> {
  const params = { path: { id: page }, query: { limit: 200 } };
  const { items } = await ask(server.api.GET("/api/v1/artists/{id}/followers", { params }));
  return items.flatMap(({ userId, username }) => (username ? { id: userId, name: username } : []));
}

async function byName(username: string, signal: AbortSignal): Promise<Suggestion | undefined> {
  try {
    const params = { path: { username } };
    const { userId, username: name } = await ask(
      server.api.GET("/api/v1/users/{username}", { params, signal }),
    );
    return { id: userId, name };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}
