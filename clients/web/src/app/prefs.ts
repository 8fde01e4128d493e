import { create } from "zustand";
import { persist } from "zustand/middleware";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "normal" | "roomy";

interface Prefs {
  theme: Theme;
  density: Density;
  /** A language tag, or none for the browser's own. */
  language: string | undefined;
  set(change: Partial<Pick<Prefs, "theme" | "density" | "language">>): void;
}

/** What was chosen on this device. boot.js reads the same entry before the first paint. */
export const usePrefs = create<Prefs>()(
  persist(
    (set) => ({
      theme: "system",
      density: "normal",
      language: undefined,
      set: (change) => set(change),
    }),
    { name: "resonance.prefs", partialize: ({ theme, density, language }) => ({ theme, density, language }) },
  ),
);

function show({ theme, density }: Prefs) {
  const { dataset } = document.documentElement;
  if (theme === "system") {
    delete dataset.theme;
  } else {
    dataset.theme = theme;
  }
  dataset.density = density;
}

show(usePrefs.getState());
usePrefs.subscribe(show);
