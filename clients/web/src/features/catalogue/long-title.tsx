import { Heading } from "../../ui/screen.tsx";

/** The name of what a screen shows, as large as its length allows; the server sets it alike, where it writes it into the page. */
export function LongTitle({ children }: { children: string }) {
  const size = children.length > 80 ? "title-longest" : children.length > 28 ? "title-long" : "title-short";
  return <Heading className={`display [overflow-wrap:anywhere] pt-1 ${size}`}>{children}</Heading>;
}
