import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { instanceQuery } from "./pay-in.ts";

/** What a beat is, in one sentence, and that it is play money where it is. */
export function WhatBeats() {
  const { t } = useTranslation();
  const { data: instance } = useQuery(instanceQuery);
  const isPlay = instance !== undefined && instance.mode !== "production";
  return (
    <>
      {t("money.beats")} {isPlay && t("money.play")}
    </>
  );
}
