import { ask, type components, money } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { whyNoSum } from "../../ui/money.ts";
import { Select } from "../../ui/select.tsx";
import { messageOf } from "../../ui/state.tsx";
import { tracksQuery } from "./queries.ts";

type Kind = components["schemas"]["PerkKind"];
const KINDS = ["badge", "discount_code", "early_listen", "download"] as const satisfies readonly Kind[];
const MOST_PIECES = 1_000_000;

interface NewPerkProps {
  page: string;
  onClose: () => void;
  onOffered: () => unknown;
}

/** Offers a perk: what it is, for how many points, and how many there are. */
export function NewPerk({ page, onClose, onOffered }: NewPerkProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>("badge");
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [points, setPoints] = useState("");
  const [pieces, setPieces] = useState("100");
  const [code, setCode] = useState("");
  const [picked, setPicked] = useState("");
  const [tried, setTried] = useState(false);
  const hasTrack = kind === "early_listen" || kind === "download";
  const hasCode = kind === "discount_code";
  const tracks = useQuery({ ...tracksQuery(page), enabled: hasTrack });
  const track = picked || tracks.data?.[0]?.id;
  const price = money.parse("BTN", points);
  const stock = /^\d{1,7}$/.test(pieces.trim()) ? Number(pieces) : 0;
  const wrong = {
    title: title.trim() === "" && t("studio.wrong.required"),
    points:
      whyNoSum(t, "BTN", points, t("studio.perks.no_points")) ??
      (price && BigInt(price.amount) === 0n && t("studio.perks.no_points")),
    pieces: (stock < 1 || stock > MOST_PIECES) && t("studio.perks.no_pieces"),
    code: hasCode && code.trim() === "" && t("studio.wrong.required"),
    track: hasTrack && !track && t("studio.perks.no_tracks"),
  };
  const told = (field: keyof typeof wrong) => (tried && wrong[field] ? wrong[field] : undefined);
  const offer = useMutation({
    mutationFn: (sum: money.Amount) =>
      ask(
        server.api.POST("/api/v1/artists/{id}/perks", {
          params: { path: { id: page } },
          body: {
            kind,
            title,
            description,
            price: sum,
            stock,
            ...(hasCode && { code: code.trim() }),
            ...(hasTrack && track && { trackId: track }),
          },
        }),
      ),
    onSuccess: () => {
      onClose();
      return onOffered();
    },
  });
  return (
    <Dialog isOpen onClose={onClose} title={t("studio.perks.offer")}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (price && !Object.values(wrong).some(Boolean) && !offer.isPending) {
            offer.mutate(price);
          }
        }}
      >
        <Select
          label={t("studio.perks.kind")}
          value={kind}
          onChange={setKind}
          choices={KINDS.map((value) => ({ value, label: t(`studio.perks.kinds.${value}`) }))}
        />
        <TextField
          label={t("studio.perks.title")}
          autoFocus
          maxLength={100}
          value={title}
          onChange={setTitle}
          error={told("title")}
        />
        <TextField
          label={t("studio.perks.description")}
          lines={3}
          maxLength={1000}
          value={description}
          onChange={setDescription}
        />
        {hasCode && (
          <TextField
            label={t("studio.perks.code")}
            hint={t("studio.perks.code_hint")}
            verbatim
            maxLength={200}
            value={code}
            onChange={setCode}
            error={told("code")}
          />
        )}
        {hasTrack && <p className="text-13 text-faint">{t("studio.perks.not_opened")}</p>}
        {hasTrack && track && (
          <Select
            label={t("studio.perks.track")}
            value={track}
            onChange={setPicked}
            choices={(tracks.data ?? []).map(({ id, title: name }) => ({ value: id, label: name }))}
          />
        )}
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            label={t("studio.perks.points")}
            inputMode="decimal"
            value={points}
            onChange={setPoints}
            error={told("points")}
            className="[&_input]:figure"
          />
          <TextField
            label={t("studio.perks.pieces")}
            inputMode="numeric"
            value={pieces}
            onChange={setPieces}
            error={told("pieces")}
            className="[&_input]:figure"
          />
        </div>
        <p className="text-13 text-faint">{t("studio.perks.stays")}</p>
        <div role="alert" className="text-rust">
          {tracks.error ? messageOf(t, tracks.error) : tracks.data && told("track")}
          {offer.error && messageOf(t, offer.error)}
        </div>
        <div className="flex flex-wrap justify-end gap-3">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" kind="primary" busy={offer.isPending}>
            {t("studio.perks.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
