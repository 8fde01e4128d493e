import { usePlayer } from "./player.ts";

export function PlayerBar() {
  const current = usePlayer((player) => player.current);
  return <div className="col-span-full">{current?.title}</div>;
}
