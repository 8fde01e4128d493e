import type { components } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import type { Me } from "../../app/me.ts";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { useChange } from "./change.ts";

const QUALITIES: readonly components["schemas"]["AudioQuality"][] = [
  "low",
  "medium",
  "high",
  "lossless",
  "original",
];

/** How good the sound is to be at most, on every device that the account is logged in on. */
export function Quality({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { mutate, isPending, variables } = useChange();
  return (
    <>
      <RadioGroup
        label={t("account.quality.most")}
        value={(isPending && variables.profile?.audioQuality) || me.profile.audioQuality}
        onChange={(audioQuality) =>
          mutate({ profile: { audioQuality } }, { onError: (error) => toast(messageOf(t, error)) })
        }
        choices={QUALITIES.map((value) => ({ value, label: t(`account.quality.names.${value}`) }))}
      />
      <p className="mt-3 max-w-[40rem] text-soft">{t("account.quality.one_now")}</p>
    </>
  );
}
