import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { instanceQuery } from "../wallet/pay-in.ts";

/** The server has its admin, who is logged in: what to do first. */
export function FirstSteps({ name }: { name: string }) {
  const { t } = useTranslation();
  const isDemo = useQuery(instanceQuery).data?.mode === "demo";
  return (
    <>
      <Title>{t("admin.setup.title")}</Title>
      <Heading className="display text-32 sm:text-48">{t("admin.setup.welcome", { name })}</Heading>
      <ul className="mt-8 max-w-[44rem] border-t border-line">
        <li className="ruled grid items-center gap-4 py-6 sm:grid-cols-[1fr_auto]">
          <div>
            <h2 className="text-18 font-semibold">{t("admin.setup.import")}</h2>
            <p className="text-soft">{t(isDemo ? "admin.setup.import_demo" : "admin.setup.import_text")}</p>
          </div>
          <LinkButton to="/admin/imports" kind="primary" className="justify-self-start">
            {t(isDemo ? "admin.setup.import_how" : "admin.setup.import_do")}
          </LinkButton>
        </li>
        <li className="ruled grid items-center gap-4 py-6 sm:grid-cols-[1fr_auto]">
          <div>
            <h2 className="text-18 font-semibold">{t("admin.setup.studio")}</h2>
            <p className="text-soft">{t("admin.setup.studio_text")}</p>
          </div>
          <LinkButton to="/studio" className="justify-self-start">
            {t("admin.setup.studio_do")}
          </LinkButton>
        </li>
      </ul>
    </>
  );
}
