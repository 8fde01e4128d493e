import { type ComponentProps, lazy, Suspense } from "react";

const Whole = lazy(() => import("../../ui/dialog.tsx").then(({ Dialog }) => ({ default: Dialog })));

/** A dialog whose code is fetched when it first opens. */
export function Dialog(props: ComponentProps<typeof Whole>) {
  return props.isOpen ? (
    <Suspense fallback={null}>
      <Whole {...props} />
    </Suspense>
  ) : null;
}
