import { isRetryable } from "@resonance/sdk";
import i18next from "i18next";
import { useCallback, useEffect, useRef, useState } from "react";
import { create } from "zustand";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";

/** So long after the last keystroke a field is saved by itself. */
const PAUSE_MS = 1_000;

/** `unsent`: it waits for a button of its own. */
type Progress = "dirty" | "saving" | "failed" | "conflict" | "unsent";

/** Every field whose content the server does not have yet. */
export const useUnsaved = create<{ fields: Readonly<Record<string, Progress>> }>(() => ({ fields: {} }));

/** Says of a field how far the server has it; undefined once it has. */
export function mark(field: string, progress: Progress | undefined): void {
  useUnsaved.setState(({ fields }) => {
    const { [field]: _, ...others } = fields;
    return { fields: progress ? { ...others, [field]: progress } : others };
  });
}

function stay(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

useUnsaved.subscribe(({ fields }) => {
  window.removeEventListener("beforeunload", stay);
  if (Object.keys(fields).length > 0) {
    window.addEventListener("beforeunload", stay);
  }
});

interface AutosaveOptions<T> {
  /** Names the field among all that are shown. */
  field: string;
  /** What the server has, as far as is known. */
  value: T;
  save: (value: T) => Promise<unknown>;
  /** What the server has now, to find out whether somebody else changed it meanwhile. */
  load: () => Promise<T>;
  /** Says what is wrong with a value before it is sent. */
  check?: (value: T) => string | undefined;
}

export interface Autosave<T> {
  value: T;
  set: (value: T) => void;
  /** Saves what was typed now, as when the field is left. */
  commit: () => void;
  error: unknown;
  wrong: string | undefined;
  /** What somebody else wrote there while this was edited. */
  theirs: { value: T } | undefined;
  keepMine: () => void;
  takeTheirs: () => void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * A field that saves itself: a while after the last keystroke, when it is left and when its screen is. What cannot be
 * saved stays in the field; what somebody else wrote meanwhile is shown and not written over.
 */
export function useAutosave<T>(options: AutosaveOptions<T>): Autosave<T> {
  const { field, value } = options;
  const [draft, setDraft] = useState<{ value: T }>();
  const [error, setError] = useState<unknown>();
  const [theirs, setTheirs] = useState<{ value: T }>();
  const latest = useRef(options);
  latest.current = options;
  const live = useRef<{ draft: T; base: T } | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const saving = useRef<Promise<void>>(Promise.resolve());

  /** What is wrong with it is not sent: nobody is told that it is being saved. */
  const progressOf = useCallback(
    (value: T) => (latest.current.check?.(value) === undefined ? "dirty" : "failed"),
    [],
  );

  const write = useCallback(
    async (force: boolean) => {
      const { field, save, load, check } = latest.current;
      const edit = live.current;
      if (!edit || check?.(edit.draft) !== undefined) {
        return;
      }
      if (same(edit.draft, edit.base)) {
        live.current = undefined;
        setDraft(undefined);
        mark(field, undefined);
        return;
      }
      mark(field, "saving");
      setError(undefined);
      try {
        const now = force ? edit.base : await load();
        if (!same(now, edit.base) && !same(now, edit.draft)) {
          setTheirs({ value: now });
          mark(field, "conflict");
          return;
        }
        await save(edit.draft);
        // More may have been typed while this was on its way.
        if (live.current === edit) {
          live.current = undefined;
          setDraft(undefined);
          mark(field, undefined);
        } else if (live.current) {
          live.current = { draft: live.current.draft, base: edit.draft };
          mark(field, progressOf(live.current.draft));
        }
      } catch (cause) {
        setError(cause);
        mark(field, "failed");
      }
    },
    [progressOf],
  );

  const enqueue = useCallback(
    (force = false) => {
      clearTimeout(timer.current);
      saving.current = saving.current.then(() => write(force));
    },
    [write],
  );

  const set = (next: T) => {
    live.current = { draft: next, base: live.current?.base ?? value };
    setDraft({ value: next });
    mark(field, progressOf(next));
    clearTimeout(timer.current);
    if (!theirs) {
      timer.current = setTimeout(enqueue, PAUSE_MS);
    }
  };

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      const { field, save, check } = latest.current;
      const edit = live.current;
      if (!edit || same(edit.draft, edit.base)) {
        mark(field, undefined);
        return;
      }
      const why = check?.(edit.draft);
      if (why !== undefined) {
        mark(field, undefined);
        // What was there is there again, and nobody is left to wonder why.
        toast(
          typeof edit.base === "string" && edit.base !== ""
            ? i18next.t("studio.save.kept", { why, old: edit.base })
            : i18next.t("studio.save.dropped", { why }),
        );
        return;
      }
      // The screen is left in the middle of a word: it is saved all the same.
      mark(field, "saving");
      saving.current
        .then(() => save(edit.draft))
        .catch((cause: unknown) => toast(messageOf(i18next.t, cause)))
        .finally(() => mark(field, undefined));
    },
    [],
  );

  // What failed for want of a network is tried again once there is one.
  useEffect(() => {
    if (!isRetryable(error)) {
      return;
    }
    const again = () => enqueue();
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [error, enqueue]);

  return {
    value: draft ? draft.value : value,
    set,
    commit: () => {
      if (live.current && !theirs) {
        enqueue();
      }
    },
    error,
    wrong: draft && options.check?.(draft.value),
    theirs,
    keepMine: () => {
      setTheirs(undefined);
      enqueue(true);
    },
    takeTheirs: () => {
      live.current = undefined;
      setTheirs(undefined);
      setDraft(undefined);
      setError(undefined);
      mark(field, undefined);
    },
  };
}
