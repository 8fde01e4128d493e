import common from "./common.json" with { type: "json" };
import crate from "./crate.json" with { type: "json" };
import listen from "./listen.json" with { type: "json" };
import palette from "./palette.json" with { type: "json" };
import player from "./player.json" with { type: "json" };
import search from "./search.json" with { type: "json" };

export default { ...common, crate, listen, palette, search, player };
