import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { PasswordField, TextField } from "../../ui/field.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { Switch } from "../../ui/switch.tsx";
import { ByWallet } from "./by-wallet.tsx";
import { Form, OpenLine } from "./form.tsx";
import { becomeSomebody, useGoOn } from "./session.ts";
import { wrongWith } from "./wrong.ts";

const POINTERS = ["/email", "/username", "/password"];

export function Join({ next }: { next: string | undefined }) {
  const { t } = useTranslation();
  const me = useMe();
  const goOn = useGoOn(next);
  const [email, setEmail] = useState("");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [artist, setArtist] = useState(false);
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => {
      const name = username.trim();
      await server.register({
        email: email.trim(),
        password,
        role: artist ? "artist" : "listener",
        ...(name && { username: name }),
      });
      await becomeSomebody();
    },
    onSuccess: goOn,
  });
  useEffect(() => {
    if (me && !isPending) {
      goOn();
    }
  }, [me, isPending, goOn]);
  return (
    <>
      <Title>{t("nav.join")}</Title>
      <Heading className="display mb-6 text-48">{t("nav.join")}</Heading>
      <OpenLine />
      <Form
        submit={t("account.create")}
        busy={isPending}
        error={error}
        pointers={POINTERS}
        onSubmit={() => mutate()}
      >
        <TextField
          label={t("account.email")}
          type="email"
          name="email"
          autoComplete="email"
          isRequired
          autoFocus
          value={email}
          onChange={setEmail}
          error={wrongWith(t, error, "/email")}
        />
        <TextField
          label={t("account.username_optional")}
          hint={t("account.username_hint")}
          name="username"
          autoComplete="username"
          verbatim
          maxLength={32}
          value={username}
          onChange={setUsername}
          error={wrongWith(t, error, "/username")}
        />
        <PasswordField
          label={t("account.password")}
          hint={t("account.password_hint")}
          name="password"
          autoComplete="new-password"
          isRequired
          value={password}
          onChange={setPassword}
          error={wrongWith(t, error, "/password")}
        />
        <Switch isSelected={artist} onChange={setArtist} hint={t("account.artist_hint")}>
          {t("account.artist")}
        </Switch>
      </Form>
      <ByWallet onSuccess={goOn} />
      <p className="mt-8 text-soft">
        {t("account.have_account")}{" "}
        <Link
          to="/login"
          search={next === undefined ? {} : { next }}
          className="text-paper underline underline-offset-4"
        >
          {t("nav.log_in")}
        </Link>
      </p>
    </>
  );
}
