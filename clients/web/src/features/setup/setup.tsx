import { ApiError, ask } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { PasswordField, TextField } from "../../ui/field.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { wrongWith } from "../account/wrong.ts";
import { FirstSteps } from "./first-steps.tsx";
import { setupQuery } from "./queries.ts";

/** Makes the first admin of a new server, once, with the token that it prints when it starts. */
export function Setup({ token }: { token: string | undefined }) {
  const { t } = useTranslation();
  const state = useQuery(setupQuery);
  const [form, setForm] = useState({ token: token ?? "", username: "", email: "", password: "" });
  const put = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const make = useMutation({
    mutationFn: () => ask(server.api.POST("/api/v1/setup", { body: form })),
    onSuccess: async () => {
      // The token has done its work: it leaves the address line, too.
      window.history.replaceState(window.history.state, "", "/setup");
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  if (make.data) {
    return <FirstSteps name={make.data.user.username ?? form.username} />;
  }
  if (state.isLoadingError) {
    return <Failure screen error={state.error} retry={() => state.refetch()} />;
  }
  if (!state.data) {
    return <Skeleton className="h-80 w-full max-w-[28rem]" />;
  }
  const isDone = !state.data.needed || (make.error instanceof ApiError && make.error.code === "setup_done");
  if (isDone) {
    return (
      <Empty
        screen
        title={t("admin.setup.over")}
        action={
          <LinkButton to="/login" kind="primary">
            {t("nav.log_in")}
          </LinkButton>
        }
      >
        {t("admin.setup.over_text")}
      </Empty>
    );
  }
  const wrong = (field: "username" | "email" | "password") => wrongWith(t, make.error, `/${field}`);
  const isToken = make.error instanceof ApiError && make.error.code === "setup_token_invalid";
  const isKnown = isToken || Boolean(wrong("username") ?? wrong("email") ?? wrong("password"));
  return (
    <div className="max-w-[28rem]">
      <Title>{t("admin.setup.title")}</Title>
      <Heading className="display text-32 sm:text-48">{t("admin.setup.title")}</Heading>
      <p className="mt-4 mb-8 text-soft">{t("admin.setup.text")}</p>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextField
          label={t("admin.setup.token")}
          hint={t("admin.setup.token_hint")}
          value={form.token}
          onChange={(next) => put({ token: next.trim() })}
          autoComplete="off"
          spellCheck="false"
          error={isToken ? t("admin.setup.wrong_token") : undefined}
          className="[&_input]:figure"
        />
        <TextField
          label={t("admin.setup.name")}
          hint={t("admin.setup.name_hint")}
          value={form.username}
          onChange={(username) => put({ username })}
          autoComplete="username"
          spellCheck="false"
          error={wrong("username")}
        />
        <TextField
          label={t("admin.setup.email")}
          type="email"
          value={form.email}
          onChange={(email) => put({ email })}
          autoComplete="email"
          error={wrong("email")}
        />
        <PasswordField
          label={t("admin.setup.password")}
          hint={t("admin.setup.password_hint")}
          value={form.password}
          onChange={(password) => put({ password })}
          autoComplete="new-password"
          error={wrong("password")}
        />
        {make.error && !isKnown && (
          <p role="alert" className="text-13 text-rust">
            {messageOf(t, make.error)}
          </p>
        )}
        <Button type="submit" kind="primary" className="justify-self-start" busy={make.isPending}>
          {t("admin.setup.make")}
        </Button>
      </form>
    </div>
  );
}
