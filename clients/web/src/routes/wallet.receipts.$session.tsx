import { createFileRoute } from "@tanstack/react-router";
import { ReceiptScreen } from "../features/receipts/receipt.tsx";

export const Route = createFileRoute("/wallet/receipts/$session")({ component: ReceiptRoute });

function ReceiptRoute() {
  const { session } = Route.useParams();
  return <ReceiptScreen key={session} id={session} />;
}
