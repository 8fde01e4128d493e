import { createRootRoute, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Shell } from "../app/shell.tsx";
import { LinkButton } from "../ui/button.tsx";
import { Empty, Failure } from "../ui/state.tsx";

export const Route = createRootRoute({
  component: () => (
    <Shell>
      <Outlet />
    </Shell>
  ),
  errorComponent: ({ error, reset }) => (
    <Shell>
      <Failure screen error={error} retry={reset} />
    </Shell>
  ),
  notFoundComponent: Missing,
});

function Missing() {
  const { t } = useTranslation();
  return (
    <Empty screen title={t("error.missing")} action={<LinkButton to="/">{t("nav.listen")}</LinkButton>} />
  );
}
