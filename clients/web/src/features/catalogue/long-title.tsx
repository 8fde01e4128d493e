import { Heading } from "../../ui/screen.tsx";

/** The name of what a screen shows, as large as its length allows. */
export function LongTitle({ children }: { children: string }) {
  const size =
    children.length > 80
      ? "line-clamp-6 text-22 leading-[1.2] @min-[48rem]:text-32 @min-[48rem]:leading-[1.2]"
      : children.length > 28
        ? "text-32 @min-[48rem]:text-48"
        : "text-48 @min-[64rem]:text-72";
  return <Heading className={`display [overflow-wrap:anywhere] pt-1 ${size}`}>{children}</Heading>;
}
