import { ask } from "@resonance/sdk";
import { heardOf, readClock, writeClock } from "@resonance/sdk/release";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { TextField } from "../../ui/field.tsx";
import { WRONG } from "../../ui/field-style.ts";
import { clock } from "../../ui/figures.tsx";
import { useAutosave } from "./autosave.ts";
import { changeTrack, type TrackDetail } from "./queries.ts";
import { wrongOf } from "./wrong.ts";

const LONGEST_MS = 120_000;

interface Span {
  start: string;
  length: string;
}

const textOf = ({ preview }: TrackDetail): Span => ({
  start: writeClock(preview.startMs),
  length: writeClock(preview.lengthMs),
});

/** What those hear of a track who may not hear all of it. */
export function PreviewField({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const { id } = track;
  const auto = useAutosave<Span>({
    field: `${id}/preview`,
    value: textOf(track),
    check: ({ start, length }) => {
      const [from, long] = [readClock(start), readClock(length)];
      if (from === undefined || long === undefined) {
        return t("studio.preview.wrong");
      }
      if (long > LONGEST_MS) {
        return t("studio.preview.too_long");
      }
      return from >= track.durationMs && long > 0 ? t("studio.preview.behind") : undefined;
    },
    save: ({ start, length }) =>
      changeTrack(id, { preview: { startMs: readClock(start) ?? 0, lengthMs: readClock(length) ?? 0 } }),
    load: async () => textOf(await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }))),
  });
  const wrong = auto.wrong ?? wrongOf(t, auto.error, "/preview");
  const { start, length } = auto.value;
  const long = readClock(length) ?? 0;
  const { from, to } = heardOf(readClock(start) ?? 0, long, track.durationMs);
  return (
    <fieldset className="grid gap-1.5">
      <legend className="sr-only">{t("studio.preview.title")}</legend>
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label={t("studio.preview.start")}
          value={start}
          onChange={(next) => auto.set({ start: next, length })}
          onBlur={auto.commit}
          className="[&_input]:figure"
        />
        <TextField
          label={t("studio.preview.length")}
          value={length}
          onChange={(next) => auto.set({ start, length: next })}
          onBlur={auto.commit}
          className="[&_input]:figure"
        />
      </div>
      {wrong ? (
        <p role="alert" className={WRONG}>
          {wrong}
        </p>
      ) : (
        <p className="text-13 text-faint">
          {t("studio.preview.hint")}{" "}
          {long > 0 && t("studio.preview.heard", { from: clock(from), to: clock(to) })}
        </p>
      )}
    </fieldset>
  );
}
