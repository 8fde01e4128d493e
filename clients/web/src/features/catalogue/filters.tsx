import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { INPUT, LABEL } from "../../ui/field-style.ts";
import { Select } from "../../ui/select.tsx";
import { type Filter, narrows } from "./filter.ts";
import { genresQuery } from "./queries.ts";

interface FiltersProps {
  kind: "track" | "album" | "artist";
  filter: Filter;
  onChange: (filter: Filter) => void;
  /** What stands before them, as the order of the list. */
  children?: ReactNode;
}

/** Narrows a list: in a row, or on phones behind a button. */
export function Filters({ kind, filter, onChange, children }: FiltersProps) {
  const { t } = useTranslation();
  const id = useId();
  const narrowed = narrows(filter, kind);
  const [open, setOpen] = useState(narrowed);
  return (
    <div className="mb-5">
      <div className="flex flex-wrap items-end gap-3 @min-[48rem]:hidden">
        {children}
        <Button
          icon="filter"
          aria-expanded={open}
          aria-controls={id}
          className="ms-auto"
          onPress={() => setOpen(!open)}
        >
          {t("listen.filters")}
        </Button>
      </div>
      <div
        id={id}
        className={`flex-wrap items-end gap-3 @max-[48rem]:mt-3 @min-[48rem]:flex ${open ? "flex" : "@max-[48rem]:hidden"}`}
      >
        <div className="hidden @min-[48rem]:contents">{children}</div>
        <Fields kind={kind} filter={filter} onChange={onChange} />
        {narrowed && (
          <Button kind="plain" icon="close" onPress={() => onChange({})}>
            {t("listen.widen")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Fields({ kind, filter, onChange }: Omit<FiltersProps, "children">) {
  const { t } = useTranslation();
  const { data: genres = [] } = useQuery(genresQuery);
  const { genre, priced, from, to } = filter;
  const { genre: _genre, ...withoutGenre } = filter;
  const { priced: _priced, ...withoutPriced } = filter;
  const names = genres.map(({ name }) => name);
  const listed = genre === undefined || names.includes(genre) ? names : [genre, ...names];
  return (
    <>
      <Select
        label={t("listen.genre")}
        className="w-44"
        value={genre ?? ""}
        onChange={(next) => onChange(next ? { ...filter, genre: next } : withoutGenre)}
        choices={[
          { value: "", label: t("listen.any_genre") },
          ...listed.map((name) => ({ value: name, label: name })),
        ]}
      />
      {kind === "track" && (
        <Select
          label={t("listen.price")}
          className="w-36"
          value={priced === undefined ? "any" : priced ? "priced" : "free"}
          onChange={(next) =>
            onChange(next === "any" ? withoutPriced : { ...filter, priced: next === "priced" })
          }
          choices={[
            { value: "any", label: t("listen.any_price") },
            { value: "free", label: t("listen.only_free") },
            { value: "priced", label: t("listen.only_priced") },
          ]}
        />
      )}
      {kind !== "artist" && (
        <>
          <Day
            label={t("listen.from")}
            value={from}
            onChange={(day) => onChange(changed(filter, "from", day))}
          />
          <Day label={t("listen.to")} value={to} onChange={(day) => onChange(changed(filter, "to", day))} />
        </>
      )}
    </>
  );
}

function changed(filter: Filter, name: "from" | "to", day: string): Filter {
  const { [name]: _before, ...rest } = filter;
  return day ? { ...rest, [name]: day } : rest;
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (day: string) => void;
}) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className={LABEL}>
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value)}
        className={`${INPUT} h-11 w-40`}
      />
    </div>
  );
}
