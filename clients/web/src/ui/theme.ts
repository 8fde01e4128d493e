/** Calls `changed` when a picture in the page's colours, or in the direction of its script, has to be drawn anew. */
export function watchLook(changed: () => void): () => void {
  const page = new MutationObserver(changed);
  page.observe(document.documentElement, { attributeFilter: ["data-theme", "dir"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", changed);
  return () => {
    page.disconnect();
    scheme.removeEventListener("change", changed);
  };
}
