import { ask } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Skeleton } from "../../ui/state.tsx";

/** What runs here. */
export function About() {
  const { t } = useTranslation();
  const { data, isPending } = useQuery({
    queryKey: ["healthz"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => ask(server.api.GET("/healthz", { signal })),
  });
  return (
    <div className="grid max-w-[66ch] gap-2 text-soft">
      <div>
        Resonance{" "}
        {isPending ? (
          <Skeleton className="inline-block h-4 w-16" />
        ) : (
          <span className="figure text-paper">{data?.version ?? ""}</span>
        )}
        {" · "}
        <span className="figure">{location.host}</span>
      </div>
      <p>{t("account.about_text")}</p>
      <p>
        <a href="/api/docs" className="underline underline-offset-4 hover:text-paper">
          {t("account.about_api")}
        </a>
      </p>
    </div>
  );
}
