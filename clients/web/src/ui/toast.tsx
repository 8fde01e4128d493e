import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { IconButton } from "./button.tsx";

/** Where a toast leads. */
interface Way {
  label: string;
  to: NonNullable<LinkProps["to"]>;
  params: NonNullable<LinkProps["params"]>;
}

export interface Toast {
  id: number;
  text: string;
  way: Way | undefined;
}

/** Three at most: an older one makes room. */
const MOST = 3;
const SHOWN_MS = 6_000;

const useToasts = create<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }));
let last = 0;

/** With one more; what is said again is said once, and not twice over what lies below. */
export function withOneMore(toasts: readonly Toast[], toast: Toast): Toast[] {
  return [...toasts.filter(({ text }) => text !== toast.text), toast].slice(-MOST);
}

/** Says something in passing: read out politely, gone by itself. */
export function toast(text: string, way?: Way): void {
  const id = ++last;
  useToasts.setState(({ toasts }) => ({ toasts: withOneMore(toasts, { id, text, way }) }));
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number) {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((each) => each.id !== id) }));
}

export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  return (
    <div
      data-on-screen
      role="status"
      // Where there is room it is at the side, as fields and their buttons begin at the other.
      className="pointer-events-none fixed inset-x-0 bottom-48 z-40 grid justify-items-center gap-2 px-4 low:bottom-20 md:bottom-28 md:justify-items-end md:px-10"
    >
      {toasts.map(({ id, text, way }) => (
        <div
          key={id}
          className="pointer-events-auto flex max-w-full items-center gap-2 rounded-field border border-line bg-rise ps-4"
        >
          <span className="line-clamp-4 min-w-0 py-3 [overflow-wrap:anywhere]">{text}</span>
          {way && (
            <Link
              to={way.to}
              params={way.params}
              className="py-3 whitespace-nowrap underline"
              onClick={() => dismiss(id)}
            >
              {way.label}
            </Link>
          )}
          <IconButton icon="close" label={t("action.close")} size={16} onPress={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
