import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Autocomplete } from "react-aria-components/Autocomplete";
import { Header, Menu, MenuItem, MenuSection } from "react-aria-components/Menu";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icons.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { searchQuery } from "../search/queries.ts";
import { remember } from "../search/recent.ts";
import { LONGEST } from "../search/search-search.ts";
import { useDebounced } from "../search/use-debounced.ts";
import { type Command, matching, useCommands } from "./commands.ts";

const PAUSE_MS = 150;

/** Search, go and do, from the keyboard: arrows choose, Enter does, Escape closes. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const commands = useCommands();
  const matches = matching(commands, typed);
  const hits = useHits(useDebounced(typed.trim(), PAUSE_MS));
  const run = (what: () => void) => {
    onClose();
    what();
  };
  return (
    <Dialog
      isOpen
      title={t("palette.title")}
      titleHidden
      onClose={onClose}
      wide
      className="self-start sm:mt-[8vh]"
    >
      <Autocomplete inputValue={typed} onInputChange={setTyped}>
        <SearchField
          label={t("palette.title")}
          placeholder={t("palette.placeholder")}
          autoFocus
          maxLength={LONGEST}
          className="p-2"
        />
        <Menu
          aria-label={t("palette.title")}
          className="max-h-[60vh] overflow-y-auto border-t border-line py-1 outline-none"
          renderEmptyState={() => <p className="px-4 py-6 text-soft">{t("palette.none")}</p>}
        >
          {hits.length > 0 && (
            <MenuSection>
              <Header className="px-4 pt-2 pb-1 text-13 text-soft">{t("palette.found")}</Header>
              {hits.map((hit) => (
                <MenuItem
                  key={hit.id}
                  id={hit.id}
                  textValue={hit.label}
                  onAction={() =>
                    run(() => {
                      remember(typed);
                      hit.do();
                    })
                  }
                  className={ITEM}
                >
                  <Sleeve src={hit.picture} title={hit.label} size={32} className="w-8" />
                  <span className="one-line flex-1">{hit.label}</span>
                  <span className="one-line max-w-[40%] text-13 text-soft">{hit.about}</span>
                </MenuItem>
              ))}
            </MenuSection>
          )}
          {matches.length > 0 && (
            <MenuSection>
              <Header className="px-4 pt-2 pb-1 text-13 text-soft">{t("palette.do")}</Header>
              {matches.map((command) => (
                <CommandItem key={command.id} command={command} onDo={() => run(command.do)} />
              ))}
            </MenuSection>
          )}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}

const ITEM = "flex min-h-11 cursor-pointer items-center gap-3 px-4 outline-none data-[focused]:bg-line/60";

function CommandItem({ command, onDo }: { command: Command; onDo: () => void }) {
  return (
    <MenuItem id={command.id} textValue={command.label} onAction={onDo} className={ITEM}>
      <span className="grid w-8 place-items-center text-soft">
        <Icon name={command.icon} />
      </span>
      {command.label}
    </MenuItem>
  );
}

interface Hit {
  id: string;
  label: string;
  about: string;
  picture: string | null | undefined;
  do: () => void;
}

/** What the server finds, and a way to all of it. */
function useHits(q: string): Hit[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery(searchQuery(q, 4));
  if (!data || !q) {
    return [];
  }
  return [
    ...data.tracks.items.map((track) => ({
      id: track.id,
      label: track.title,
      about: track.artistCredit ?? track.artist.name,
      picture: track.coverUrl,
      do: () => void navigate({ to: "/t/$track", params: { track: track.id } }),
    })),
    ...data.albums.items.map((release) => ({
      id: release.id,
      label: release.title,
      about: `${t(`kind.${release.kind}`)} · ${release.artist.name}`,
      picture: release.coverUrl,
      do: () => void navigate({ to: "/r/$release", params: { release: release.id } }),
    })),
    ...data.artists.items.map((artist) => ({
      id: artist.id,
      label: artist.displayName,
      about: t("listen.artist"),
      picture: artist.avatarUrl,
      do: () => void navigate({ to: "/a/$artist", params: { artist: artist.id } }),
    })),
    {
      id: "all-results",
      label: t("palette.all", { q }),
      about: "",
      picture: undefined,
      do: () => void navigate({ to: "/search", search: { q } }),
    },
  ];
}
