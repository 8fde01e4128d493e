import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { PasswordField, TextField } from "../../ui/field.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { ByWallet } from "./by-wallet.tsx";
import { Form, OpenLine } from "./form.tsx";
import { becomeSomebody, useGoOn } from "./session.ts";
import { wrongWith } from "./wrong.ts";

const POINTERS = ["/login", "/password"];

export function LogIn({ next }: { next: string | undefined }) {
  const { t } = useTranslation();
  const me = useMe();
  const goOn = useGoOn(next);
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => {
      await server.logIn(login.trim(), password);
      await becomeSomebody();
    },
    onSuccess: goOn,
  });
  // Who is logged in already is not asked again.
  useEffect(() => {
    if (me && !isPending) {
      goOn();
    }
  }, [me, isPending, goOn]);
  return (
    <>
      <Title>{t("nav.log_in")}</Title>
      <Heading className="display mb-6 text-48">{t("nav.log_in")}</Heading>
      <OpenLine />
      <Form
        submit={t("nav.log_in")}
        busy={isPending}
        error={error}
        pointers={POINTERS}
        onSubmit={() => mutate()}
      >
        <TextField
          label={t("account.login")}
          name="username"
          autoComplete="username"
          verbatim
          isRequired
          autoFocus
          value={login}
          onChange={setLogin}
          error={wrongWith(t, error, "/login")}
        />
        <PasswordField
          label={t("account.password")}
          name="password"
          autoComplete="current-password"
          isRequired
          value={password}
          onChange={setPassword}
          error={wrongWith(t, error, "/password")}
        />
      </Form>
      <Forgotten />
      <ByWallet onSuccess={goOn} />
      <p className="mt-8 text-soft">
        {t("account.no_account")}{" "}
        <Link
          to="/join"
          search={next === undefined ? {} : { next }}
          className="text-paper underline underline-offset-4"
        >
          {t("nav.join")}
        </Link>
      </p>
      {/* A phone has no room for it at the foot of its screen. */}
      <p className="mt-3 text-soft md:hidden">
        {t("account.looks_of_device")}{" "}
        <Link to="/settings" hash="looks" className="text-paper underline underline-offset-4">
          {t("nav.settings")}
        </Link>
      </p>
    </>
  );
}

/** Nothing is sent by e-mail: whoever runs the server helps. */
function Forgotten() {
  const { t } = useTranslation();
  return (
    <details className="group mt-4 max-w-[52ch] text-soft">
      <summary className="flex min-h-11 w-fit cursor-pointer list-none items-center gap-2 hover:text-paper">
        <Icon name="down" size={16} className="-rotate-90 group-open:rotate-0 rtl:rotate-90" />
        {t("account.forgotten.title")}
      </summary>
      <p className="pb-3">{t("account.forgotten.text")}</p>
      <p className="pb-3 text-13">
        {t("account.forgotten.operator")}{" "}
        <code className="figure whitespace-nowrap text-paper">{t("account.forgotten.command")}</code>
      </p>
    </details>
  );
}
