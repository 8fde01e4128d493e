import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { setupQuery } from "../setup/queries.ts";

/** There is nothing to hear for who is here: who can change that is told how. */
export function NothingYet() {
  const { t } = useTranslation();
  const me = useMe();
  // Only who is logged in sees all that members see.
  if (!me) {
    return <ForVisitors />;
  }
  const mayUpload = me.role === "artist" || me.role === "admin";
  return (
    <Said
      title={t("listen.nothing")}
      text={mayUpload ? t("listen.nothing_upload") : t("listen.nothing_wait")}
    >
      {mayUpload && (
        <LinkButton to="/studio" kind="primary" icon="upload">
          {t("listen.to_studio")}
        </LinkButton>
      )}
      {me.role === "admin" && <LinkButton to="/admin/imports">{t("listen.to_import")}</LinkButton>}
    </Said>
  );
}

function ForVisitors() {
  const { t } = useTranslation();
  const me = useMe();
  const setup = useQuery(setupQuery);
  if (me === undefined || setup.isPending) {
    return <Title>{t("nav.listen")}</Title>;
  }
  return setup.data?.needed ? (
    <Said title={t("listen.set_up")} text={t("listen.set_up_text")}>
      <LinkButton to="/setup" kind="primary">
        {t("listen.set_up_do")}
      </LinkButton>
    </Said>
  ) : (
    <Said title={t("listen.nothing_public")} text={t("listen.nothing_public_text")}>
      <LinkButton to="/login" kind="primary">
        {t("nav.log_in")}
      </LinkButton>
      <LinkButton to="/join">{t("nav.join")}</LinkButton>
    </Said>
  );
}

function Said({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="grid max-w-[60ch] justify-items-start gap-4 py-16">
      <Title>{t("nav.listen")}</Title>
      <Heading className="display text-48">{title}</Heading>
      <p className="text-18 text-soft">{text}</p>
      <div className="flex flex-wrap gap-3">{children}</div>
    </div>
  );
}
