import { ApiError, ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { type Me, meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { TextField } from "../../ui/field.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { messageOf } from "../../ui/state.tsx";
import { DropArea } from "./drop.tsx";
import { Limits } from "./limits.tsx";
import { keepPage } from "./pages.ts";
import { PickFiles } from "./pick.tsx";
import { send } from "./uploads.ts";

/** Three steps from a listener to a first release; files that are dropped already wait for the name. */
export function Become({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [name, setName] = useState(me.role === "artist" ? (me.username ?? "") : "");
  const [waiting, setWaiting] = useState<Parameters<typeof send>[0]>([]);
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: () => ask(server.api.POST("/api/v1/artists", { body: { displayName: name } })),
    onSuccess: async ({ id }) => {
      keepPage(id);
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      if (waiting.length > 0) {
        send(waiting, { page: id });
      }
      await navigate({ to: "/studio" });
    },
  });
  const wrong = make.error instanceof ApiError ? make.error.field("/displayName") : undefined;
  return (
    <DropArea hint={t("studio.drop.into_page")} onFiles={(files) => setWaiting([...waiting, ...files])}>
      <Title>{t("nav.studio")}</Title>
      <Heading className="display text-32 sm:text-48">{t("studio.become.title")}</Heading>
      <p className="mt-4 max-w-[58ch] text-soft">{t("studio.become.text")}</p>
      <ol className="mt-10 max-w-[42rem]">
        <Step number={1} title={t("studio.become.name")} now>
          <form
            className="grid max-w-[28rem] gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              make.mutate();
            }}
          >
            <TextField
              label={t("studio.artist.name")}
              hint={t("studio.become.name_hint")}
              value={name}
              onChange={setName}
              maxLength={100}
              error={wrong?.detail ?? (make.error ? messageOf(t, make.error) : undefined)}
            />
            <Button type="submit" kind="primary" className="justify-self-start" busy={make.isPending}>
              {t("studio.become.make")}
            </Button>
          </form>
        </Step>
        <Step number={2} title={t("studio.become.drop")} done={waiting.length > 0}>
          <p className="mb-3 text-soft">{t("studio.become.drop_text")}</p>
          {waiting.length > 0 ? (
            <p role="status">{t("studio.become.waiting", { count: waiting.length })}</p>
          ) : (
            <>
              <PickFiles kind="quiet" onFiles={setWaiting} />
              <Limits className="mt-3" />
            </>
          )}
        </Step>
        <Step number={3} title={t("studio.become.publish")}>
          <p className="text-soft">{t("studio.become.publish_text")}</p>
        </Step>
      </ol>
    </DropArea>
  );
}

function Step({
  number,
  title,
  now = false,
  done = false,
  children,
}: {
  number: number;
  title: string;
  now?: boolean;
  done?: boolean;
  children: React.ReactNode;
}) {
  return (
    <li className="ruled grid grid-cols-[3rem_1fr] gap-x-2 py-6">
      <span className={cx("figure text-22", now || done ? "text-paper" : "text-faint")}>
        {done ? <Icon name="check" size={24} /> : number}
      </span>
      <div>
        <h2 className="mb-3 text-18 font-semibold">{title}</h2>
        {children}
      </div>
    </li>
  );
}
