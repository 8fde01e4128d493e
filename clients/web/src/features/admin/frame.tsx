import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Title } from "../../ui/screen.tsx";
import { Empty, Skeleton } from "../../ui/state.tsx";
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
    return <Skeleton className="h-11 w-full" />;
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
  const tabs = useRef<HTMLElement>(null);
  const place = useLocation({ select: ({ pathname }) => pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies(place): another place is another tab.
  useEffect(() => {
    const tab = tabs.current?.querySelector("[aria-current=page]");
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [place]);
  return (
    <>
      <Title>{t("nav.admin")}</Title>
      <nav
        ref={tabs}
        aria-label={t("nav.admin")}
        className="ruled flex gap-6 overflow-x-auto [scrollbar-width:none]"
      >
        {TABS.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: true, includeSearch: false }}
            className="flex h-11 shrink-0 items-center border-b-2 border-transparent text-soft -outline-offset-2 hover:text-paper aria-[current=page]:border-paper aria-[current=page]:font-semibold aria-[current=page]:text-paper"
          >
            {t(`admin.nav.${label}`)}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
