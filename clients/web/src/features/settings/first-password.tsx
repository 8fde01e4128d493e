import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { PasswordField, TextField } from "../../ui/field.tsx";
import { toast } from "../../ui/toast.tsx";
import { Form } from "../account/form.tsx";
import { wrongWith } from "../account/wrong.ts";

const POINTERS = ["/email", "/password"];

/** An e-mail address and a password for an account that only wallets log in to so far. */
export function FirstPassword() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      ask(server.api.POST("/api/v1/me/password", { body: { email: email.trim(), password } })),
    onSuccess: () => {
      toast(t("account.saved"));
      return queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  return (
    <Form
      submit={t("account.first_password")}
      busy={isPending}
      error={error}
      pointers={POINTERS}
      onSubmit={() => mutate()}
    >
      <p className="text-soft">{t("account.first_password_what")}</p>
      <TextField
        label={t("account.email")}
        type="email"
        name="email"
        autoComplete="email"
        isRequired
        value={email}
        onChange={setEmail}
        error={wrongWith(t, error, "/email")}
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
    </Form>
  );
}
