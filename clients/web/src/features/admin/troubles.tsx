import { useTranslation } from "react-i18next";
import { Icon } from "../../ui/icons.tsx";
import { leftAlone } from "./outcome.ts";
import { Path } from "./path.tsx";

/** What an import left alone and why, for who wants to know; nothing if it took all. */
export function Troubles({ result }: { result: unknown }) {
  const { t, i18n } = useTranslation();
  const { troubles, all } = leftAlone(result);
  if (troubles.length === 0) {
    return null;
  }
  const more = all - troubles.length;
  const written = (count: number) => ({ count, shown: new Intl.NumberFormat(i18n.language).format(count) });
  return (
    <details className="group min-w-0">
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-3 text-13 text-soft hover:text-paper">
        <Icon name="down" size={16} className="shrink-0 -rotate-90 group-open:rotate-0 rtl:rotate-90" />
        {t("admin.imports.troubles", written(all))}
      </summary>
      <ul className="border-t border-line">
        {troubles.map(({ path, reason }) => (
          <li key={path} className="ruled grid gap-0.5 py-2 text-13">
            <Path path={path} />
            <span className="text-soft [overflow-wrap:anywhere]">{reason}</span>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p className="py-2 text-13 text-soft">{t("admin.imports.troubles_more", written(more))}</p>
      )}
    </details>
  );
}
