import { createFileRoute } from "@tanstack/react-router";
import { Wallet } from "../features/wallet/wallet.tsx";

export const Route = createFileRoute("/wallet/")({ component: Wallet });
