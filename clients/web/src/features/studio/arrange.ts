import { byName, coverOf, kindOf } from "@resonance/sdk/release";

/** A file with the folder that it was in, if it came in one. */
export interface Dropped {
  file: File;
  folder?: string;
}

/** What the server answered to a sound file. */
export interface Arrived {
  id: string;
  album: string | undefined;
  page: string | undefined;
}

interface Group {
  folder: string | undefined;
  sounds: File[];
  cover: File | undefined;
}

/**
 * Files by the folder that they came in, in the order of their names, with their cover apart. `left` is what is
 * neither sound nor picture; where nothing else was dropped, the server shall say what it thinks of it.
 */
export function arrange(dropped: readonly Dropped[]): { groups: Group[]; left: File[] } {
  const shown = dropped.filter(({ file }) => !file.name.startsWith("."));
  const folders = Map.groupBy(shown, ({ folder }) => folder);
  const nothingKnown = shown.every(({ file }) => kindOf(file) === "other");
  const left: File[] = [];
  const groups = [...folders].map(([folder, files]): Group => {
    const kinds = Map.groupBy(files, ({ file }) => kindOf(file));
    const others = kinds.get("other") ?? [];
    if (!nothingKnown) {
      left.push(...others.map(({ file }) => file));
    }
    const sounds = [...(kinds.get("sound") ?? []), ...(nothingKnown ? others : [])];
    return {
      folder,
      sounds: sounds.map(({ file }) => file).sort((a, b) => byName(a.name, b.name)),
      cover: coverOf((kinds.get("picture") ?? []).map(({ file }) => file)),
    };
  });
  return { groups, left };
}
