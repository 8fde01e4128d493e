import { createRootRoute, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
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
  errorComponent: ({ error }) => (
    <Shell>
      <Broken error={error} />
    </Shell>
  ),
  notFoundComponent: Missing,
});

/** A screen that cannot be shown, or whose part of the app could not be fetched: that is fetched when there is a network again. */
function Broken({ error }: { error: unknown }) {
  const router = useRouter();
  useEffect(() => {
    const again = () => void router.invalidate();
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [router]);
  return <Failure screen error={error} retry={() => router.invalidate()} />;
}

function Missing() {
  const { t } = useTranslation();
  return (
    <Empty
      screen
      title={t("error.missing")}
      action={
        <div className="flex flex-wrap gap-3">
          <LinkButton to="/">{t("nav.listen")}</LinkButton>
          <LinkButton to="/search">{t("nav.search")}</LinkButton>
        </div>
      }
    >
      {t("error.missing_text")}
    </Empty>
  );
}
