import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { DisputedReceipt } from "../features/admin/disputed-receipt.tsx";

export const Route = createFileRoute("/admin/disputes/$dispute")({
  // The words of receipts are the wallet's.
  beforeLoad: () => openTexts("wallet"),
  component: DisputeRoute,
});

function DisputeRoute() {
  const { dispute } = Route.useParams();
  return <DisputedReceipt key={dispute} id={dispute} />;
}
