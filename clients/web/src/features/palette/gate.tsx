import { lazy, Suspense, useEffect, useState } from "react";
import { isTaken } from "../../player/keys.tsx";

const Palette = lazy(() => import("./palette.tsx"));

/** Opens the palette on Ctrl+K or ⌘K, wherever the focus is, and on a slash where nothing is written. */
export function PaletteGate() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
      if (key.toLowerCase() === "k" && (ctrlKey || metaKey) && !altKey && !shiftKey) {
        event.preventDefault();
        setOpen((before) => !before);
        // Some keyboards have the slash with Shift.
      } else if (key === "/" && !(ctrlKey || metaKey || altKey) && !isTaken(target, key)) {
        event.preventDefault();
        setOpen(true);
      }
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
  if (!open) {
    return null;
  }
  return (
    <Suspense fallback={null}>
      <Palette onClose={() => setOpen(false)} />
    </Suspense>
  );
}
