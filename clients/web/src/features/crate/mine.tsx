import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Empty } from "../../ui/state.tsx";
import { Unknown } from "../account/unknown.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import type { Tab } from "./crate-search.ts";

/** What is a listener's own; whoever is nobody is led to log in, and back. */
export function Mine({ title, tab, children }: { title: string; tab: Tab; children: ReactNode }) {
  const { t } = useTranslation();
  const me = useMe();
  if (me === null) {
    return (
      <Empty
        title={title}
        action={
          <LinkButton to="/login" search={{ next: `/crate?tab=${tab}` }} kind="primary">
            {t("nav.log_in")}
          </LinkButton>
        }
      />
    );
  }
  return me ? (
    children
  ) : (
    <Unknown>
      <TrackListSkeleton rows={10} />
    </Unknown>
  );
}
