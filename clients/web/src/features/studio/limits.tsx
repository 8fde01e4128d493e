import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { bytes, MOST_OF_A_PICTURE } from "../../ui/bytes.ts";
import { limitsQuery } from "./queries.ts";

/** What may be uploaded, said before somebody tries; the line has its height before it is known. */
export function Limits({ className = "" }: { className?: string }) {
  const { t, i18n } = useTranslation();
  const { data } = useQuery(limitsQuery);
  const names = data?.formats.map(({ extension }) => extension.toUpperCase());
  return (
    <p className={`min-h-[1.45em] text-13 text-faint ${className}`}>
      {data &&
        names &&
        t("studio.drop.limits", {
          formats: new Intl.ListFormat(i18n.language, { type: "conjunction" }).format([...new Set(names)]),
          size: bytes(data.maxBytes, i18n.language),
          room: bytes(data.quotaBytes, i18n.language),
        })}
    </p>
  );
}

/** What may be a cover or a picture of an artist. */
export function CoverHint() {
  const { t, i18n } = useTranslation();
  return (
    <p className="text-13 text-faint">
      {t("studio.cover.hint", { size: bytes(MOST_OF_A_PICTURE, i18n.language) })}
    </p>
  );
}
