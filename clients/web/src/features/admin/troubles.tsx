import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../ui/icons.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { leftAlone } from "./outcome.ts";
import { Path } from "./path.tsx";
import { jobQuery } from "./queries.ts";

/**
 * What an import left alone and why, for who wants to know; nothing if it took all. A list of jobs has only how much that
 * was: `job` is then asked for the rest once somebody looks.
 */
export function Troubles({ result, job }: { result: unknown; job?: string }) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(false);
  const whole = useQuery({ ...jobQuery(job ?? ""), enabled: open && job !== undefined });
  const { troubles, all } = leftAlone(whole.data?.result ?? result);
  if (job ? all === 0 : troubles.length === 0) {
    return null;
  }
  const more = all - troubles.length;
  const written = (count: number) => ({ count, shown: new Intl.NumberFormat(i18n.language).format(count) });
  return (
    <details className="group min-w-0" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-3 text-13 text-soft hover:text-paper">
        <Icon name="down" size={16} className="shrink-0 -rotate-90 group-open:rotate-0 rtl:rotate-90" />
        {t("admin.imports.troubles", written(all))}
      </summary>
      {whole.isLoadingError ? (
        <Failure error={whole.error} retry={() => whole.refetch()} />
      ) : whole.isLoading ? (
        <Skeleton className="my-2 h-11 w-full" />
      ) : (
        <ul className="border-t border-line">
          {troubles.map(({ path, reason }) => (
            <li key={path} className="ruled grid gap-0.5 py-2 text-13">
              <Path path={path} />
              <span className="text-soft [overflow-wrap:anywhere]">{reason}</span>
            </li>
          ))}
        </ul>
      )}
      {more > 0 && !whole.isLoading && (
        <p className="py-2 text-13 text-soft">{t("admin.imports.troubles_more", written(more))}</p>
      )}
    </details>
  );
}
