import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Me } from "../../app/me.ts";
import { TextField } from "../../ui/field.tsx";
import { LABEL } from "../../ui/field-style.ts";
import { toast } from "../../ui/toast.tsx";
import { Form } from "../account/form.tsx";
import { wrongWith } from "../account/wrong.ts";
import { useChange } from "./change.ts";

const POINTERS = ["/username", "/profile/bio"];
/** Longer ones are refused by the server. */
const LONGEST_BIO = 2000;

/** The name and what the account says of itself. */
export function ProfileForm({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [username, setUsername] = useState(me.username ?? "");
  const [bio, setBio] = useState(me.profile.bio);
  const { mutate, error, isPending } = useChange();
  const name = username.trim();
  return (
    <Form
      submit={t("action.save")}
      busy={isPending}
      error={error}
      pointers={POINTERS}
      onSubmit={() =>
        mutate(
          { profile: { bio: bio.trim() }, ...(name && name !== me.username && { username: name }) },
          { onSuccess: () => toast(t("account.saved")) },
        )
      }
    >
      <TextField
        label={t("account.username")}
        hint={t("account.username_hint")}
        autoComplete="username"
        verbatim
        maxLength={32}
        value={username}
        onChange={setUsername}
        error={wrongWith(t, error, "/username")}
      />
      {me.email && (
        <dl>
          <dt className={LABEL}>{t("account.email")}</dt>
          <dd className="mt-1 [overflow-wrap:anywhere]">{me.email}</dd>
        </dl>
      )}
      <TextField
        label={t("account.bio")}
        lines={4}
        maxLength={LONGEST_BIO}
        value={bio}
        onChange={setBio}
        error={wrongWith(t, error, "/profile/bio")}
      />
    </Form>
  );
}
