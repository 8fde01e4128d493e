import { ApiError, money } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { inFigures } from "../../ui/money.ts";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { WhatBeats } from "../wallet/what-beats.tsx";
import { priceOf, whyDear, whyNoPrice, written } from "./price-text.ts";
import {
  type Album,
  changeAlbum,
  changeTrack,
  publish,
  refreshStudio,
  type Track,
  type Visibility,
} from "./queries.ts";
import { AskWithdraw } from "./release-withdraw.tsx";
import { hold } from "./unsent.ts";
import { VisibilityField } from "./visibility.tsx";
import { leftOpen } from "./withdraw.ts";

interface Change {
  visibility: Visibility;
  /** The tracks that are to be seen like the release. */
  following: readonly Track[];
}

/** Who may hear a release, and for how much. */
export function ReleasePublish({ album, tracks }: { album: Album; tracks: readonly Track[] }) {
  const { t } = useTranslation();
  /** What is asked about before it is done. */
  const [asked, setAsked] = useState<"private" | "unlisted">();
  const open = useMutation({
    mutationFn: async ({ visibility, following }: Change) => {
      if (following === tracks && (visibility === "public" || visibility === "unlisted")) {
        await publish(album.id, visibility);
        return;
      }
      await changeAlbum(album.id, { visibility });
      for (const track of following.filter((each) => each.visibility !== visibility)) {
        await changeTrack(track.id, { visibility });
      }
    },
    onSuccess: (_, { visibility, following }) => {
      const count = following.length;
      if (visibility === "public" && count > 0) {
        toast(t("studio.publish.done", { title: album.title }));
      } else if ((visibility === "private" || visibility === "unlisted") && count > 0) {
        toast(t(`studio.withdraw.done_${visibility}`, { title: album.title, count }));
      }
    },
    onSettled: refreshStudio,
  });
  const choose = (visibility: Visibility) => {
    if ((visibility === "private" || visibility === "unlisted") && leftOpen(tracks, visibility).length > 0) {
      setAsked(visibility);
    } else {
      open.mutate({ visibility, following: [] });
    }
  };
  const different = tracks.filter(({ visibility }) => visibility !== album.visibility).length;
  const isPublished = album.visibility === "public" && different === 0 && tracks.length > 0;
  return (
    <section aria-label={t("studio.publish.title")} className="mt-10 border-t border-line pt-6">
      <div className="grid items-start gap-8 @sm:grid-cols-2">
        <div className="grid gap-4">
          <VisibilityField
            of="release"
            value={album.visibility}
            disabled={open.isPending}
            onChange={choose}
          />
          {different > 0 && (
            <div className="flex flex-wrap items-center gap-3 text-13">
              <p>{t("studio.publish.different", { count: different })}</p>
              <Button
                kind="plain"
                isDisabled={open.isPending}
                onPress={() => open.mutate({ visibility: album.visibility, following: tracks })}
              >
                {t("studio.publish.same")}
              </Button>
            </div>
          )}
        </div>
        <PriceForAll album={album} tracks={tracks} />
      </div>
      <div className="mt-6 flex flex-wrap items-center gap-4">
        {isPublished ? (
          <LinkButton to="/r/$release" params={{ release: album.id }}>
            {t("studio.publish.look")}
          </LinkButton>
        ) : (
          <>
            <Button
              kind="primary"
              busy={open.isPending}
              isDisabled={tracks.length === 0}
              onPress={() => open.mutate({ visibility: "public", following: tracks })}
            >
              {t("studio.publish.now")}
            </Button>
            <p className="max-w-[52ch] text-13 text-soft">
              {tracks.length === 0
                ? t("studio.publish.empty")
                : t("studio.publish.means", { count: tracks.length })}
            </p>
          </>
        )}
      </div>
      {open.error && <Refusal error={open.error} tracks={tracks} />}
      {asked && (
        <AskWithdraw
          album={album}
          to={asked}
          open={leftOpen(tracks, asked)}
          onAnswer={(following) => {
            setAsked(undefined);
            if (following) {
              open.mutate({ visibility: asked, following });
            }
          }}
        />
      )}
    </section>
  );
}

/** Why nothing was published: which tracks are not ready, where the server names them. */
function Refusal({ error, tracks }: { error: Error; tracks: readonly Track[] }) {
  const { t } = useTranslation();
  const fields = error instanceof ApiError && error.code === "track_incomplete" ? error.fields : [];
  const lines = fields.flatMap(({ pointer, code }) => {
    const track = tracks.find(({ id }) => pointer === `/tracks/${id}`);
    const known = code === "title_missing" || code === "sound_missing";
    return track && known
      ? [{ id: track.id, text: t(`studio.publish.${code}`, { title: track.title }) }]
      : [];
  });
  return (
    <div role="alert" className="mt-3 text-13 text-rust">
      <p>{lines.length > 0 ? t("studio.publish.not_ready") : messageOf(t, error)}</p>
      {lines.length > 0 && (
        <ul className="mt-1 list-disc ps-5">
          {lines.map(({ id, text }) => (
            <li key={id} className="[overflow-wrap:anywhere]">
              {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** One price for every track of a release. */
function PriceForAll({ album, tracks }: { album: Album; tracks: readonly Track[] }) {
  const { t } = useTranslation();
  const prices = new Set(tracks.map(({ pricePerSecond }) => written(pricePerSecond)));
  const [only = ""] = prices.size === 1 ? prices : [];
  const [draft, setDraft] = useState<string>();
  const text = draft ?? only;
  const price = priceOf(text);
  const form = `${album.id}/price`;
  const isDraft = text !== only;
  useEffect(() => {
    if (isDraft) {
      hold(form, { what: t("studio.price.for_all_unsent"), drop: () => setDraft(undefined) });
    }
    return () => hold(form, undefined);
  }, [form, isDraft, t]);
  /** A price that is asked about before it is set. */
  const [asked, setAsked] = useState<string>();
  const question = asked === text ? whyDear(t, text) : undefined;
  const set = useMutation({
    mutationFn: (next: money.Amount | null) => changeAlbum(album.id, { pricePerSecond: next }),
    onSuccess: () => {
      setDraft(undefined);
      setAsked(undefined);
      toast(t("studio.price.set", { count: tracks.length }));
    },
    onSettled: refreshStudio,
  });
  const seconds = tracks.reduce((sum, { durationMs }) => sum + Math.ceil(durationMs / 1000), 0);
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (price !== undefined && whyDear(t, text) !== question) {
          setAsked(text);
        } else if (price !== undefined) {
          set.mutate(price);
        }
      }}
    >
      <div className="flex items-start gap-3">
        <TextField
          label={t("studio.price.for_all")}
          value={text}
          onChange={setDraft}
          inputMode="decimal"
          placeholder={prices.size > 1 ? t("studio.price.several") : t("money.free")}
          className="[&_input]:figure min-w-0 flex-1 [&_input]:text-amber"
          error={
            price === undefined
              ? whyNoPrice(t, text)
              : (question ?? (set.error ? messageOf(t, set.error) : undefined))
          }
        />
        <Button
          type="submit"
          className="mt-[1.6rem]"
          busy={set.isPending}
          isDisabled={
            tracks.length === 0 || price === undefined || (prices.size === 1 && written(price) === only)
          }
        >
          {t(question ? "studio.price.sure" : "studio.price.apply")}
        </Button>
      </div>
      <p className="text-13 text-faint">
        {t("studio.price.hint")}
        {price && (
          <span className="whitespace-nowrap">
            {" · "}
            {t("studio.price.whole")}{" "}
            <span className="text-amber">
              <span className="figure">{inFigures(money.times(price, seconds))}</span> {t("money.unit")}
            </span>
          </span>
        )}
        <span className="block">
          <WhatBeats />
        </span>
      </p>
    </form>
  );
}
