import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { PasswordField } from "../../ui/field.tsx";
import { toast } from "../../ui/toast.tsx";
import { Form } from "../account/form.tsx";
import { wrongWith } from "../account/wrong.ts";

const POINTERS = ["/current", "/new"];

/** Another password; log-ins on other devices end with the old one. */
export function Password() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => ask(server.api.PUT("/api/v1/me/password", { body: { current, new: wanted } })),
    onSuccess: () => {
      setCurrent("");
      setWanted("");
      toast(t("account.password_changed"));
      void queryClient.invalidateQueries({ queryKey: ["devices"] });
    },
  });
  return (
    <Form
      submit={t("account.change_password")}
      busy={isPending}
      error={error}
      pointers={POINTERS}
      onSubmit={() => mutate()}
    >
      <PasswordField
        label={t("account.current_password")}
        autoComplete="current-password"
        isRequired
        value={current}
        onChange={setCurrent}
        error={wrongWith(t, error, "/current")}
      />
      <PasswordField
        label={t("account.new_password")}
        hint={t("account.password_hint")}
        autoComplete="new-password"
        isRequired
        value={wanted}
        onChange={setWanted}
        error={wrongWith(t, error, "/new")}
      />
    </Form>
  );
}
