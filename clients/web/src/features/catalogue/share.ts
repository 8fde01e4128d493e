import i18next from "i18next";
import { toast } from "../../ui/toast.tsx";

/** Hands an address of this server on: by the device's own sheet where there is one, else by the clipboard. */
export async function share(path: string, title: string): Promise<void> {
  const url = new URL(path, location.origin).href;
  try {
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      await navigator.share({ title, url });
      return;
    }
    await copy(url);
    toast(i18next.t("listen.copied"));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) {
      toast(i18next.t("listen.copy_failed", { url }));
    }
  }
}

/** On a home server without HTTPS there is no clipboard API: the old way still works there. */
export async function copy(text: string) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) {
    throw new Error("the browser did not copy");
  }
}
