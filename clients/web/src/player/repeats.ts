/** What a press on "repeat" leads to. */
export const NEXT_REPEAT = { off: "all", all: "one", one: "off" } as const;
