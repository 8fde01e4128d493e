import { create } from "zustand";
import { mark } from "./autosave.ts";

/** What is saved as a whole by a button of its own, was changed, and is not saved yet. */
export interface Unsent {
  /** What it is, in words. */
  what: string;
  /** Nothing while it cannot be saved as it is. */
  save?: (() => Promise<unknown>) | undefined;
  drop: () => void;
}

const useUnsent = create<{ forms: Readonly<Record<string, Unsent>> }>(() => ({ forms: {} }));

/** Says of a form that the server does not have it; undefined once it has, or once it was given up. */
export function hold(form: string, unsent: Unsent | undefined): void {
  useUnsent.setState(({ forms }) => {
    const { [form]: _, ...others } = forms;
    return { forms: unsent ? { ...others, [form]: unsent } : others };
  });
  mark(form, unsent && "unsent");
}

/** The forms of a track, or of whatever else their names begin with. */
export function unsentOf(id: string): readonly Unsent[] {
  const { forms } = useUnsent.getState();
  return Object.entries(forms).flatMap(([form, unsent]) => (form.startsWith(`${id}/`) ? [unsent] : []));
}

/** What is not saved, in words, the newest last. */
export function useUnsentWords(): readonly string[] {
  const forms = useUnsent((state) => state.forms);
  return Object.values(forms).map(({ what }) => what);
}
