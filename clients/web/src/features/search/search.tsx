import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Heading, Title } from "../../ui/screen.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Groups } from "./groups.tsx";
import { OneKind } from "./one-kind.tsx";
import { remember } from "./recent.ts";
import { KINDS, LONGEST, type SearchSearch } from "./search-search.ts";
import { Start } from "./start.tsx";
import { useDebounced } from "./use-debounced.ts";

export interface SearchProps {
  search: SearchSearch;
  change: (search: SearchSearch) => void;
}

/** How long typing must pause before the server is asked. */
const PAUSE_MS = 180;

/** Search as one types; the address says what is searched, so that going back finds it again. */
export function Search({ search, change }: SearchProps) {
  const { t } = useTranslation();
  const { q = "", type } = search;
  const [typed, setTyped] = useState(q);
  const still = useDebounced(typed, PAUSE_MS);

  // What was typed goes into the address, and an address that one came back to goes into the field.
  const sent = useRef(q);
  useEffect(() => {
    const words = still.trim();
    if (words !== sent.current) {
      sent.current = words;
      const { q: _before, ...rest } = search;
      change(words ? { ...rest, q: words } : rest);
    }
  }, [still, search, change]);
  useEffect(() => {
    if (q !== sent.current) {
      sent.current = q;
      setTyped(q);
    }
  }, [q]);

  const tab = type ?? "all";
  return (
    <>
      <Title>{q ? t("search.title", { q }) : t("nav.search")}</Title>
      <Heading className="sr-only">{t("nav.search")}</Heading>
      <SearchField
        label={t("nav.search")}
        placeholder={t("search.placeholder")}
        value={typed}
        onChange={setTyped}
        onSubmit={(words) => remember(words)}
        onClear={() => setTyped("")}
        maxLength={LONGEST}
        autoFocus={!q}
        className="mb-4 max-w-sm"
      />
      {!q && !type ? (
        <Start choose={setTyped} />
      ) : (
        <div onClickCapture={(event) => opened(event.target) && remember(q)}>
          <Tabs
            label={t("search.kinds")}
            tabs={[
              { id: "all", label: t("search.all") },
              ...KINDS.map((id) => ({ id, label: t(`search.kind.${id}`) })),
            ]}
            selected={tab}
            onSelect={(next) => {
              const { type: _before, ...rest } = search;
              change(next === "all" ? (q ? { q } : {}) : { ...rest, type: next });
            }}
          >
            {type ? (
              <OneKind key={type} kind={type} search={search} change={change} />
            ) : (
              <Groups q={q} change={change} choose={setTyped} />
            )}
          </Tabs>
        </div>
      )}
    </>
  );
}

/** Whether a press went to a result, and not to a tab or a filter. */
function opened(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a[href], [role=row]") !== null;
}
