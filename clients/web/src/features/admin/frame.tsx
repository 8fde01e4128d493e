import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Title } from "../../ui/screen.tsx";
import { Empty, Skeleton } from "../../ui/state.tsx";
import { Unknown } from "../account/unknown.tsx";
import { useOpenDisputes } from "./dispute-queries.ts";
import { useLiveFigures } from "./live.ts";

const TABS = [
  { to: "/admin", label: "overview" },
  { to: "/admin/users", label: "users" },
  { to: "/admin/imports", label: "imports" },
  { to: "/admin/jobs", label: "jobs" },
  { to: "/admin/disputes", label: "disputes" },
] as const;

/** What admins look after; to everybody else there is nothing here. */
export function AdminFrame() {
  const { t } = useTranslation();
  const me = useMe();
  if (me === undefined) {
    return (
      <Unknown screen>
        <Skeleton className="h-11 w-full" />
      </Unknown>
    );
  }
  if (me?.role !== "admin") {
    return (
      <Empty screen title={t("error.missing")} action={<LinkButton to="/">{t("nav.listen")}</LinkButton>} />
    );
  }
  return <Administration />;
}

function Administration() {
  const { t } = useTranslation();
  useLiveFigures();
  const open = useOpenDisputes();
  return (
    <>
      <Title>{t("nav.admin")}</Title>
      {/* On a phone they take two lines: none is out of sight. */}
      <nav aria-label={t("nav.admin")} className="ruled flex flex-wrap gap-x-4 sm:gap-x-6">
        {TABS.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/admin", includeSearch: false }}
            className="flex h-11 shrink-0 items-center border-b-2 border-transparent text-soft -outline-offset-2 hover:text-paper aria-[current=page]:border-paper aria-[current=page]:font-semibold aria-[current=page]:text-paper"
          >
            {t(`admin.nav.${label}`)}
            {label === "disputes" && open !== undefined && open > 0 && (
              <span className="figure ms-2 rounded-full bg-paper px-1.5 text-12 font-semibold text-lacquer">
                <span aria-hidden="true">{open}</span>
                <span className="sr-only">{t("admin.disputes.waiting", { count: open })}</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
