import { ask, type components } from "@resonance/sdk";
import { basisPoints, percent, WHOLE } from "@resonance/sdk/release";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { TextField } from "../../ui/field.tsx";
import { WRONG } from "../../ui/field-style.ts";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { ArtistPicker } from "./artist-picker.tsx";
import { splitsQuery, type TrackDetail } from "./queries.ts";
import { hold } from "./unsent.ts";
import { wrongOf } from "./wrong.ts";

type Split = components["schemas"]["Split"];

interface Share {
  artistId: string;
  artistName: string;
  role: string;
  /** As it is typed. */
  percent: string;
}

/** Who gets how much of what a track earns. It is saved as a whole, as the next version. */
export function SplitsEditor({ track }: { track: TrackDetail }) {
  const { data, error, refetch } = useQuery(splitsQuery(track.id));
  if (error && !data) {
    return <Failure error={error} retry={() => refetch()} />;
  }
  return data ? (
    <Shares key={data.version} track={track} split={data} />
  ) : (
    <Skeleton className="h-40 w-full" />
  );
}

/** What was changed and not saved yet, by track and version: closing the editor loses nothing. */
const drafts = new Map<string, Share[]>();

const pointsOf = (shares: readonly Share[]) => shares.map((share) => basisPoints(share.percent));
const sumOf = (points: readonly (number | undefined)[]) =>
  points.reduce<number>((total, each) => total + (each ?? 0), 0);
const isAll = (points: readonly (number | undefined)[]) =>
  sumOf(points) === WHOLE && points.every((each) => each !== undefined && each > 0);

function Shares({ track, split }: { track: TrackDetail; split: Split }) {
  const { t, i18n } = useTranslation();
  const { id } = track;
  const saved = split.shares.map(
    ({ artistId, artistName, role, basisPoints }): Share => ({
      artistId,
      artistName,
      role,
      percent: percent(basisPoints),
    }),
  );
  const key = `${id}/splits/${split.version}`;
  const [shares, show] = useState(drafts.get(key) ?? saved);
  const isOther = (next: Share[]) => JSON.stringify(next) !== JSON.stringify(saved);
  const forget = () => {
    drafts.delete(key);
    hold(key, undefined);
  };
  const setShares = (next: Share[]) => {
    show(next);
    if (!isOther(next)) {
      forget();
      return;
    }
    drafts.set(key, next);
    hold(key, {
      what: t("studio.splits.of", { title: track.title }),
      save: isAll(pointsOf(next)) ? () => save.mutateAsync(next) : undefined,
      drop: forget,
    });
  };
  const points = pointsOf(shares);
  const sum = sumOf(points);
  const isWhole = isAll(points);
  const isDirty = isOther(shares);
  const save = useMutation({
    mutationFn: (next: readonly Share[]) =>
      ask(
        server.api.PUT("/api/v1/tracks/{id}/splits", {
          params: { path: { id } },
          body: {
            shares: next.map(({ artistId, role, percent }) => ({
              artistId,
              role,
              basisPoints: basisPoints(percent) ?? 0,
            })),
          },
        }),
      ),
    onSuccess: (next) => {
      forget();
      queryClient.setQueryData(splitsQuery(id).queryKey, next);
      toast(t("studio.splits.saved", { version: next.version }));
    },
  });
  const put = (at: number, change: Partial<Share>) =>
    setShares(shares.map((share, n) => (n === at ? { ...share, ...change } : share)));
  const wrong = wrongOf(t, save.error, "/shares");
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(shares);
      }}
    >
      <p className="max-w-[58ch] text-13 text-soft">
        {split.version > 0 && split.createdAt
          ? t("studio.splits.version", {
              version: split.version,
              since: new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" }).format(
                new Date(split.createdAt),
              ),
            })
          : t("studio.splits.none")}
      </p>
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
              onPress={() => setShares(shares.filter((_, n) => n !== at))}
            />
          </li>
        ))}
      </ul>
      <p role="status" className={cx("figure text-13", isWhole ? "text-soft" : "text-rust")}>
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
          setShares([
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
      {wrong && (
        <p role="alert" className={WRONG}>
          {wrong}
        </p>
      )}
      <div className="flex flex-wrap gap-3">
        <Button type="submit" kind="primary" busy={save.isPending} isDisabled={!isDirty || !isWhole}>
          {t("studio.splits.save", { version: split.version + 1 })}
        </Button>
        {isDirty && (
          <Button kind="plain" onPress={() => setShares(saved)}>
            {t("studio.splits.undo")}
          </Button>
        )}
      </div>
    </form>
  );
}
