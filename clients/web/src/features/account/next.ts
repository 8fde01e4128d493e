/** Where these lead, somebody who has just logged in has no business. */
const NOT_BACK = /^\/(login|join|setup)(\/|$)/;

/**
 * Where to go after a log-in: a path of this server and nothing else, whatever the address says. A link that was
 * sent to somebody must not lead them from our log-in to another site.
 */
export function safeNext(next: string | undefined, origin: string): string {
  // Browsers read a backslash as a slash and drop tabs and line breaks, so that "/\t/evil" leads away.
  if (!next?.startsWith("/") || /[\\\p{Cc}]/u.test(next)) {
    return "/";
  }
  let url: URL;
  try {
    url = new URL(next, origin);
  } catch {
    return "/";
  }
  if (url.origin !== origin || url.pathname.startsWith("//") || NOT_BACK.test(url.pathname)) {
    return "/";
  }
  return url.pathname + url.search + url.hash;
}

interface Location {
  pathname: string;
  /** Path, search and hash. */
  href: string;
  search: { next?: unknown };
}

/** What a log-in that is opened from here has to lead back to; nothing where it does so by itself. */
export function nextOf({ pathname, href, search: { next } }: Location): string | undefined {
  if (NOT_BACK.test(pathname)) {
    return typeof next === "string" ? next : undefined;
  }
  return href === "/" ? undefined : href;
}
