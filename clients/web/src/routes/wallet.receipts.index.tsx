import { createFileRoute } from "@tanstack/react-router";
import { Receipts } from "../features/receipts/receipts.tsx";

export const Route = createFileRoute("/wallet/receipts/")({ component: Receipts });
