import { Fragment } from "react";

/** A path from left to right, whatever way its names are written, which may end a line after each. */
export function Path({ path }: { path: string }) {
  return (
    <span dir="ltr" className="font-mono [overflow-wrap:anywhere]">
      {path.split("/").map((name, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same name may come twice
        <Fragment key={at}>
          {at > 0 && (
            <>
              /<wbr />
            </>
          )}
          <bdi>{name}</bdi>
        </Fragment>
      ))}
    </span>
  );
}
