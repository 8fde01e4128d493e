import type { Dropped } from "./arrange.ts";

/** Whether files are dragged, and not rows of a list or words. */
export function hasFiles({ types }: DataTransfer): boolean {
  return types.includes("Files");
}

/** The files that were dropped, and those of dropped folders, each with the folder it lies in. */
export async function collect(data: DataTransfer): Promise<Dropped[]> {
  // The list is emptied as soon as the event is over: entries first, reading later.
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: Dropped[] = [];
  for (const { entry, file } of entries) {
    if (entry?.isDirectory) {
      found.push(...(await within(entry)));
    } else if (file) {
      found.push({ file });
    }
  }
  return found;
}

async function within(entry: FileSystemEntry, folder?: string): Promise<Dropped[]> {
  if (isFolder(entry)) {
    const found: Dropped[] = [];
    for (const each of await listed(entry)) {
      found.push(...(await within(each, entry.name)));
    }
    return found;
  }
  if (!isFile(entry)) {
    return [];
  }
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return [folder === undefined ? { file } : { file, folder }];
}

/** Browsers hand out a hundred entries at a time, until there are none. */
async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) {
      return all;
    }
    all.push(...some);
  }
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
