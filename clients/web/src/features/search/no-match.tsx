import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../ui/button.tsx";
import { neighbours } from "./neighbours.ts";
import { bestOf, foundQuery } from "./queries.ts";

/** Nothing was found: what is near, found by looking for parts of it. */
export function NoMatch({ q, choose }: { q: string; choose: (q: string) => void }) {
  const { t } = useTranslation();
  const names = useQueries({
    queries: neighbours(q).map((words) => foundQuery(words, 1)),
    combine: (found) => [
      ...new Set(
        found.flatMap(({ data }) => {
          const best = data && bestOf(data);
          if (!best?.item) {
            return [];
          }
          return "title" in best.item
            ? [best.item.title]
            : "displayName" in best.item
              ? [best.item.displayName]
              : [best.item.name];
        }),
      ),
    ],
  });
  return (
    <div className="grid justify-items-start gap-4 py-10">
      <h2 className="text-22 font-semibold [overflow-wrap:anywhere]">{t("search.none", { q })}</h2>
      {names.length > 0 ? (
        <>
          <p className="text-soft">{t("search.near")}</p>
          <div className="flex flex-wrap gap-2">
            {names.map((name) => (
              <Button key={name} onPress={() => choose(name)} className="max-w-full">
                <span className="one-line">{name}</span>
              </Button>
            ))}
          </div>
        </>
      ) : (
        <p className="text-soft">{t("search.none_how")}</p>
      )}
      <LinkButton to="/crate" kind="plain" className="-ms-3">
        {t("search.look_through")}
      </LinkButton>
    </div>
  );
}
