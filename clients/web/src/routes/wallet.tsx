import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { WalletFrame } from "../features/wallet/frame.tsx";

export const Route = createFileRoute("/wallet")({
  beforeLoad: () => openTexts("wallet"),
  component: WalletFrame,
});
