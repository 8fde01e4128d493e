import account from "./account.json" with { type: "json" };
import admin from "./admin.json" with { type: "json" };
import common from "./common.json" with { type: "json" };
import listen from "./listen.json" with { type: "json" };
import player from "./player.json" with { type: "json" };
import studio from "./studio.json" with { type: "json" };

export default { ...common, account, admin, listen, player, studio };
