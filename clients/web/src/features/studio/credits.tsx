import { ask, type components } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { WRONG } from "../../ui/field-style.ts";
import { useAutosave } from "./autosave.ts";
import { changeTrack, type TrackDetail } from "./queries.ts";
import { Conflict } from "./saved-field.tsx";
import { wrongOf } from "./wrong.ts";

type Credit = components["schemas"]["NewCredit"];

const textOf = ({ credits }: TrackDetail): Credit[] =>
  credits.map(({ name, role, artistId }) => ({ name, role, artistId: artistId ?? null }));

const isBlank = ({ name, role }: Credit) => name.trim() === "" && role.trim() === "";

/** Who did what on a track. */
export function CreditsEditor({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const { id } = track;
  const auto = useAutosave<Credit[]>({
    field: `${id}/credits`,
    value: textOf(track),
    check: (credits) =>
      credits.some((credit) => !isBlank(credit) && (credit.name.trim() === "" || credit.role.trim() === ""))
        ? t("studio.credits.half")
        : undefined,
    save: (credits) => changeTrack(id, { credits: credits.filter((credit) => !isBlank(credit)) }),
    load: async () => textOf(await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }))),
  });
  const credits = auto.value;
  const put = (at: number, change: Partial<Credit>) =>
    auto.set(credits.map((credit, n) => (n === at ? { ...credit, ...change } : credit)));
  const wrong = auto.wrong ?? wrongOf(t, auto.error, "/credits");
  return (
    <div className="grid gap-4">
      <p className="max-w-[58ch] text-13 text-soft">{t("studio.credits.text")}</p>
      <ul className="grid gap-3">
        {credits.map((credit, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a credit has no name of its own but its place
          <li key={at} className="grid grid-cols-[1fr_1fr_auto] items-end gap-3">
            <TextField
              label={t("studio.credits.name")}
              value={credit.name}
              onChange={(name) => put(at, { name })}
              onBlur={auto.commit}
              maxLength={200}
            />
            <TextField
              label={t("studio.credits.role")}
              placeholder={t("studio.credits.role_example")}
              value={credit.role}
              onChange={(role) => put(at, { role })}
              onBlur={auto.commit}
              maxLength={50}
            />
            <IconButton
              icon="trash"
              label={t("studio.credits.remove", { name: credit.name })}
              onPress={() => {
                auto.set(credits.filter((_, n) => n !== at));
                auto.commit();
              }}
            />
          </li>
        ))}
      </ul>
      {wrong && (
        <p role="alert" className={WRONG}>
          {wrong}
        </p>
      )}
      <Conflict
        auto={auto}
        show={(theirs) => theirs.map(({ name, role }) => `${name} (${role})`).join(", ")}
      />
      <Button
        icon="add"
        className="justify-self-start"
        onPress={() => auto.set([...credits, { name: "", role: "", artistId: null }])}
      >
        {t("studio.credits.add")}
      </Button>
    </div>
  );
}
