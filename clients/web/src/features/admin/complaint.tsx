import { useTranslation } from "react-i18next";
import type { Dispute } from "./dispute-queries.ts";

/** Who contests a session, why, and when: what somebody who decides has to know. */
export function Complaint({ dispute }: { dispute: Dispute }) {
  const { t, i18n } = useTranslation();
  const { reason, raisedBy, username, accountId, openedAt, resolvedAt, status, note } = dispute;
  const time = (at: string) =>
    new Date(at).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <>
      <p className="mt-1 [overflow-wrap:anywhere]">
        <span className="text-soft">
          {t(raisedBy === "instance" ? "admin.disputes.found_of" : "admin.disputes.by")}
        </span>{" "}
        {username ?? <span className="font-mono text-13">{accountId}</span>}
      </p>
      <p className="mt-2 max-w-[66ch] border-s-2 border-edge ps-4 [overflow-wrap:anywhere] whitespace-pre-wrap">
        {reason}
      </p>
      <p className="mt-2 flex flex-wrap gap-x-4 text-13 text-soft">
        <time dateTime={openedAt}>{time(openedAt)}</time>
        {resolvedAt && (
          <span>
            {t(status === "upheld" ? "admin.disputes.upheld_at" : "admin.disputes.dismissed_at", {
              time: time(resolvedAt),
            })}
          </span>
        )}
      </p>
      {note && (
        <p className="mt-1 max-w-[66ch] text-soft [overflow-wrap:anywhere] whitespace-pre-wrap">{note}</p>
      )}
    </>
  );
}
