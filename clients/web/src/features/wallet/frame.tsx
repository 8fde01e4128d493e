import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Title } from "../../ui/screen.tsx";
import { Empty, Skeleton } from "../../ui/state.tsx";
import { Unknown } from "../account/unknown.tsx";

const TABS = [
  { to: "/wallet", label: "balance", exact: true },
  { to: "/wallet/receipts", label: "receipts", exact: false },
  { to: "/wallet/points", label: "points", exact: false },
] as const;

/** The wallet around its screens. */
export function WalletFrame() {
  const { t } = useTranslation();
  const me = useMe();
  if (me === undefined) {
    return (
      <Unknown screen>
        <Skeleton className="h-11 w-full" />
      </Unknown>
    );
  }
  if (me === null) {
    return (
      <Empty
        screen
        title={t("wallet.anonymous.title")}
        action={
          <div className="flex flex-wrap gap-3">
            <LinkButton to="/login" search={{ next: "/wallet" }} kind="primary">
              {t("nav.log_in")}
            </LinkButton>
            <LinkButton to="/join" search={{ next: "/wallet" }}>
              {t("nav.join")}
            </LinkButton>
          </div>
        }
      >
        {t("wallet.anonymous.text")}
      </Empty>
    );
  }
  return (
    <>
      <Title>{t("nav.wallet")}</Title>
      <nav aria-label={t("nav.wallet")} className="ruled flex gap-6 overflow-x-auto [scrollbar-width:none]">
        {TABS.map(({ to, label, exact }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact, includeSearch: false }}
            className="flex h-11 shrink-0 items-center border-b-2 border-transparent text-soft -outline-offset-2 hover:text-paper aria-[current=page]:border-paper aria-[current=page]:font-semibold aria-[current=page]:text-paper"
          >
            {t(`wallet.nav.${label}`)}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
