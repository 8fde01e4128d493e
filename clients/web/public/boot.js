// Before the first paint: the theme, density and language that were chosen on this device.
try {
  const { state } = JSON.parse(localStorage.getItem("resonance.prefs") ?? "{}");
  const { theme, density, language } = state ?? {};
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (density) document.documentElement.dataset.density = density;
  if (language) document.documentElement.lang = language;
} catch {
  // Storage that is closed to us or holds something else: the defaults do.
}

// What the first screen consists of and what it shows are asked for at once, beside the app and not after it.
const parts = {};
const [, place, id] = location.pathname.split("/");
for (const part of parts[place] ?? []) {
  const link = document.createElement("link");
  // Behind what the app itself needs.
  Object.assign(link, { rel: "modulepreload", href: `/${part}`, crossOrigin: "", fetchPriority: "low" });
  document.head.append(link);
}
const questions = {
  "": ["albums?sort=released&limit=24", "tracks?sort=created&limit=20"],
  r: [`albums/${id}`, `albums/${id}/tracks?limit=200`],
  t: [`tracks/${id}`],
  a: [`artists/${id}/profile`],
};
// The sleeve that the screen opens with, as the app will ask for it.
let covered = false;
function showCover(said) {
  const src = said?.items ? said.items[0]?.coverUrl : said?.coverUrl;
  if (!src || covered) return;
  covered = true;
  const link = document.createElement("link");
  link.rel = "preload";
  link.as = "image";
  link.imageSizes = "(width < 48rem) 62vw, 320px";
  link.imageSrcset = [64, 128, 256, 512, 1024].map((width) => `${src}?size=${width} ${width}w`).join(", ");
  document.head.append(link);
}
// What the server has written into the page, for a visitor, is not asked for.
const written = document.getElementById("answers");
const answers = written ? JSON.parse(written.textContent) : {};
window.early = new Map(Object.entries(answers).map(([path, said]) => [path, Promise.resolve(Response.json(said))]));
// Who is no visitor has stopped somewhere.
const own = ["me", ...(place === "" ? ["me/now-playing"] : [])];
for (const question of [...(written ? [] : own), ...(questions[place] ?? [])]) {
  const path = `/api/v1/${question}`;
  if (window.early.has(path)) continue;
  const answer = fetch(path, { headers: { accept: "*/*" } });
  // Of what goes wrong whoever asks for it hears.
  answer.then((it) => it.ok && it.clone().json()).then(showCover, () => {});
  window.early.set(path, answer);
}
