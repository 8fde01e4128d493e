import { create } from "zustand";

/** Whether the queue stands beside the screen. */
export const useQueuePanel = create<{ open: boolean }>(() => ({ open: false }));
