import { percent, WHOLE } from "@resonance/sdk/release";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { TextField } from "../../ui/field.tsx";
import { ArtistPicker } from "./artist-picker.tsx";
import { isAll, pointsOf, type Share, sumOf } from "./shares.ts";

/** Who gets how much, to be typed, and how much is given to nobody yet. */
export function ShareFields({
  shares,
  onChange,
}: {
  shares: readonly Share[];
  onChange: (shares: Share[]) => void;
}) {
  const { t } = useTranslation();
  const points = pointsOf(shares);
  const sum = sumOf(points);
  const put = (at: number, change: Partial<Share>) =>
    onChange(shares.map((share, n) => (n === at ? { ...share, ...change } : share)));
  return (
    <>
      <ul className="grid gap-3">
        {shares.map((share, at) => (
          <li
            key={share.artistId}
            className="ruled grid grid-cols-[1fr_6rem_auto] items-end gap-x-3 gap-y-2 pb-3 sm:grid-cols-[1fr_1fr_6rem_auto]"
          >
            <p className="one-line col-span-3 self-center font-medium sm:col-span-1" title={share.artistName}>
              {share.artistName}
            </p>
            <TextField
              label={t("studio.splits.role")}
              value={share.role}
              onChange={(role) => put(at, { role })}
              maxLength={50}
            />
            <TextField
              label={t("studio.splits.percent")}
              value={share.percent}
              inputMode="decimal"
              onChange={(text) => put(at, { percent: text })}
              error={points[at] === undefined ? t("studio.splits.no_number") : undefined}
              className="[&_input]:figure"
            />
            <IconButton
              icon="trash"
              label={t("studio.splits.remove", { name: share.artistName })}
              onPress={() => onChange(shares.filter((_, n) => n !== at))}
            />
          </li>
        ))}
      </ul>
      <p role="status" className={cx("figure text-13", isAll(points) ? "text-soft" : "text-rust")}>
        {percent(sum)} %
        {sum !== WHOLE &&
          ` · ${t(sum < WHOLE ? "studio.splits.missing" : "studio.splits.over", {
            percent: percent(Math.abs(WHOLE - sum)),
          })}`}
      </p>
      <ArtistPicker
        label={t("studio.splits.add")}
        without={shares.map(({ artistId }) => artistId)}
        onPick={({ id, name }) =>
          onChange([
            ...shares,
            {
              artistId: id,
              artistName: name,
              role: t("studio.splits.default_role"),
              percent: percent(Math.max(0, WHOLE - sum)),
            },
          ])
        }
      />
    </>
  );
}
