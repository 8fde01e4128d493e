import type { components } from "@resonance/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

type Credit = components["schemas"]["Credit"];
type Split = components["schemas"]["Split"];

/** Who did what: each part once, with all who had it. */
export function Credits({ credits }: { credits: readonly Credit[] }) {
  const parts = new Map<string, Credit[]>();
  for (const credit of credits) {
    const people = parts.get(credit.role) ?? [];
    if (!people.some(({ name }) => name === credit.name)) {
      parts.set(credit.role, [...people, credit]);
    }
  }
  return (
    <dl className="grid">
      {[...parts].map(([role, people]) => (
        <div key={role} className="ruled grid grid-cols-[minmax(8rem,1fr)_2fr] gap-4 py-2.5">
          <dt className="text-soft first-letter:uppercase">{role}</dt>
          <dd className="min-w-0 [overflow-wrap:anywhere]">
            {people.map((person, at) => (
              <span key={person.name}>
                {at > 0 && ", "}
                <Person credit={person} />
              </span>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Person({ credit: { artistId, name } }: { credit: Credit }) {
  if (!artistId) {
    return name;
  }
  return (
    <Link to="/a/$artist" params={{ artist: artistId }} className="hover:underline">
      {name}
    </Link>
  );
}

/** Whose the money of a track is: every share, to the hundredth of a percent. */
export function Splits({ split }: { split: Split }) {
  const { i18n } = useTranslation();
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 2 });
  return (
    <dl className="grid">
      {split.shares.map((share) => (
        <div
          key={`${share.artistId} ${share.role}`}
          className="ruled grid grid-cols-[minmax(8rem,1fr)_2fr_auto] gap-4 py-2.5"
        >
          <dt className="text-soft first-letter:uppercase">{share.role}</dt>
          <dd className="min-w-0 [overflow-wrap:anywhere]">
            <Link to="/a/$artist" params={{ artist: share.artistId }} className="hover:underline">
              {share.artistName}
            </Link>
          </dd>
          <dd className="figure text-end">{percent.format(share.basisPoints / 10_000)}</dd>
        </div>
      ))}
    </dl>
  );
}
