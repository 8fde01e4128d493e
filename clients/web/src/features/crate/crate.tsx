import { useTranslation } from "react-i18next";
import { Heading, Title } from "../../ui/screen.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { type CrateSearch, TABS } from "./crate-search.ts";
import { History } from "./history.tsx";
import { Likes } from "./likes.tsx";
import { CrateAlbums, CrateArtists, CrateTracks } from "./lists.tsx";

export interface CrateProps {
  search: CrateSearch;
  change: (search: CrateSearch) => void;
}

/** All that this server holds, by releases, artists and tracks, and what the listener heard of it. */
export function Crate({ search, change }: CrateProps) {
  const { t } = useTranslation();
  const tab = search.tab ?? "albums";
  const { genre } = search;
  return (
    <>
      <Title>{`${t("nav.crate")}: ${t(`crate.tab.${tab}`)}`}</Title>
      <Heading className="display mb-4 text-32">{t("nav.crate")}</Heading>
      <Tabs
        label={t("nav.crate")}
        tabs={TABS.map((id) => ({ id, label: t(`crate.tab.${id}`) }))}
        selected={tab}
        onSelect={(next) => change({ tab: next, ...(genre !== undefined && { genre }) })}
      >
        {tab === "albums" && <CrateAlbums search={search} change={change} />}
        {tab === "artists" && <CrateArtists search={search} change={change} />}
        {tab === "tracks" && <CrateTracks search={search} change={change} />}
        {tab === "likes" && <Likes />}
        {tab === "history" && <History />}
      </Tabs>
    </>
  );
}
