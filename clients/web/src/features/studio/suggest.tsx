import { lazy, Suspense } from "react";
import { LABEL } from "../../ui/field-style.ts";
import type { SuggestProps } from "./suggest-box.tsx";

export type { Suggestion } from "./suggest-box.tsx";

// A field that suggests is heavy; the rest of its screen need not wait for it.
const SuggestBox = lazy(() => import("./suggest-box.tsx"));

/** A field that suggests as one types. What is not among the suggestions is taken too, where `onNew` takes it. */
export function Suggest(props: SuggestProps) {
  return (
    <Suspense
      fallback={
        <div className="grid gap-1.5" aria-hidden="true">
          {!props.labelHidden && <span className={LABEL}>{props.label}</span>}
          <div className="h-11 rounded-field border border-edge" />
        </div>
      }
    >
      <SuggestBox {...props} />
    </Suspense>
  );
}
