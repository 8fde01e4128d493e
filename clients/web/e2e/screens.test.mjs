// Every screen, in both themes and at both widths: nothing on the console, nothing for axe, nothing wider than the window,
// and a picture of each to look at. (Those of the
// studio and of administration are looked at where they are used.)
import { after, before, describe, test } from "node:test";
import { admin, base, browser, fine, LOOKS, logIn, look, visitor } from "./browser.mjs";

let chrome;
let things;
before(async () => {
  chrome = await browser();
  const tracks = await (await fetch(`${base}/api/v1/tracks?limit=50`)).json();
  const track = tracks.items.find((each) => each.album);
  things = { track: track.id, release: track.album.id, artist: track.artist.id };
});
after(() => chrome.close());

/** name, address, who looks */
const screens = () => [
  ["listen", "/", "visitor"],
  ["listen-account", "/", "admin"],
  ["search-empty", "/search", "visitor"],
  ["search", "/search?q=tid", "visitor"],
  ["search-nothing", "/search?q=zzzzqqqq", "visitor"],
  ["release", `/r/${things.release}`, "visitor"],
  ["track", `/t/${things.track}`, "visitor"],
  ["artist", `/a/${things.artist}`, "visitor"],
  ["missing", "/t/00000000-0000-7000-8000-000000000000", "visitor"],
  ["crate", "/crate", "admin"],
  ["now", "/now", "visitor"],
  ["join", "/join", "visitor"],
  ["login", "/login", "visitor"],
  ["setup", "/setup", "visitor"],
  ["settings", "/settings", "admin"],
  ["studio-visitor", "/studio", "visitor"],
];

// Two at a time, as there are hardly fewer cores anywhere.
describe("every screen", { concurrency: 2 }, () => {
  for (const each of LOOKS) {
    test(`${each.colorScheme}, ${each.viewport.width}`, async (t) => {
      const pages = {
        visitor: await visitor(chrome, { reducedMotion: "reduce" }),
        admin: await visitor(chrome, { reducedMotion: "reduce" }),
      };
      await logIn(pages.admin, admin);
      for (const [name, address, who] of screens()) {
        await t.test(name, async () => {
          pages[who].wrong.length = 0;
          await look(pages[who], address, each);
          await fine(pages[who], name, each);
        });
      }
      for (const page of Object.values(pages)) await page.context().close();
    });
  }
});
