// A first page: what is on the server, search, play, seek. Names and titles are text, never HTML.

const $ = (id) => document.getElementById(id);
const audio = new Audio();
const PAGE = 50;
let current = null;
let reported = null;
let joining = false;
let cursor = null;
let query = "";
let turn = 0;
let peaks = null;

/** Calls the API; a problem becomes an Error that says what to do. */
async function call(method, path, body) {
  const options = { method, headers: { "X-Resonance-Client": "web" } };
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response = await fetch(path, options).catch(() => { throw new Error("The server cannot be reached. Trying again…"); });
  if (response.status === 401 && !path.startsWith("/api/v1/auth/")) {
    const renewed = await fetch("/api/v1/auth/refresh", { method: "POST", headers: { "X-Resonance-Client": "web", "Content-Type": "application/json" }, body: "{}" });
    if (renewed.ok) response = await fetch(path, options);
  }
  const text = await response.text();
  const json = text ? JSON.parse(text) : null;
  if (response.ok) return json;
  const wrong = json?.errors?.map((e) => `${e.pointer.slice(1)}: ${e.detail}`).join("; ");
  const error = new Error(wrong || json?.detail || json?.title || `The server answered ${response.status}.`);
  error.status = response.status;
  throw error;
}

function clock(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const [h, m, r] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return (h ? `${h}:${String(m).padStart(2, "0")}` : `${m}`) + `:${String(r).padStart(2, "0")}`;
}

/** Minor units with six decimals, exactly: 250000 is 0.25. */
function beats(minor) {
  const digits = minor.padStart(7, "0");
  const [whole, rest] = [digits.slice(0, -6), digits.slice(-6).replace(/0+$/, "")];
  return rest ? `${whole}.${rest}` : whole;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function cover(track, size) {
  if (!track.coverUrl) return element("span", "blank");
  const image = element("img", "");
  image.src = `${track.coverUrl}?size=${size}`;
  image.alt = "";
  image.loading = "lazy";
  return image;
}

function row(track) {
  const button = element("button", "track");
  button.type = "button";
  button.dataset.id = track.id;
  const price = track.pricePerSecond;
  const tag = element("span", price ? "figure price" : "figure price free", price ? `${beats(price.amount)}/s` : "free");
  if (price) tag.title = `${beats(price.amount)} ${price.asset} for each second`;
  const by = [track.artistCredit ?? track.artist.name, track.album?.title].filter(Boolean).join(" · ");
  button.append(
    cover(track, 128),
    element("span", "name", track.title),
    element("span", "by", by),
    tag,
    element("span", "figure length", clock(track.durationMs)),
  );
  button.addEventListener("click", () => play(track));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

async function load(more) {
  if (more && !cursor) return;
  const mine = ++turn;
  if (!more) { cursor = null; $("state").textContent = "Loading…"; }
  const params = new URLSearchParams(query ? { q: query, limit: PAGE } : { sort: "created", order: "desc", limit: PAGE });
  if (more && cursor) params.set("cursor", cursor);
  try {
    const page = await call("GET", `/api/v1/tracks?${params}`);
    if (mine !== turn) return;
    const rows = page.items.map(row);
    more ? $("tracks").append(...rows) : $("tracks").replaceChildren(...rows);
    cursor = page.nextCursor;
    $("more").hidden = !cursor;
    $("heading").textContent = query ? "Found" : "On this server";
    const hint = $("account").dataset.name ? "" : " Log in to see what is for members.";
    const none = (query ? `No match for “${query}”.` : "Nothing is released on this server yet.") + hint;
    $("state").textContent = !more && page.items.length === 0 ? none : "";
    mark();
  } catch (error) {
    if (mine !== turn) return;
    if (error.status === 401) { $("tracks").replaceChildren(); $("more").hidden = true; }
    $("state").textContent = error.status === 401 ? "Log in to see what is here." : error.message;
    if (!error.status) setTimeout(() => { if (mine === turn) load(more); }, 5000);
  }
}

function mark() {
  for (const button of document.querySelectorAll(".track")) {
    button.setAttribute("aria-current", String(button.dataset.id === current?.id));
  }
  $("next").disabled = !neighbour(1);
}

function play(track) {
  report();
  current = track;
  reported = { id: crypto.getRandomValues(new Uint32Array(4)).join("-"), startedAt: new Date().toISOString(), heard: 0, from: null };
  audio.src = track.streamUrl;
  audio.play().catch(() => {});
  $("player").hidden = false;
  $("title").textContent = track.title;
  $("artist").textContent = track.artistCredit ?? track.artist.name;
  $("sleeve").hidden = !track.coverUrl;
  if (track.coverUrl) $("sleeve").src = `${track.coverUrl}?size=128`;
  $("note").textContent = "";
  document.title = `${track.title} · Resonance`;
  if ("mediaSession" in navigator) {
    const artwork = track.coverUrl ? [{ src: `${track.coverUrl}?size=512`, sizes: "512x512", type: "image/jpeg" }] : [];
    navigator.mediaSession.metadata = new MediaMetadata({ title: track.title, artist: track.artist.name, album: track.album?.title ?? "", artwork });
  }
  mark();
  peaks = null;
  draw();
  if (track.waveformUrl) {
    fetch(track.waveformUrl, { headers: { Accept: "application/json" } })
      .then((r) => (r.ok && r.status === 200 ? r.json() : null))
      .then((json) => { if (current === track && json?.peaks?.length) { peaks = json.peaks; draw(); } })
      .catch(() => {});
  }
}

/** Tells the server what was heard, once for each play. */
function report() {
  hear();
  const play = reported;
  const seconds = Math.floor(play?.heard ?? 0);
  if (!play || seconds < 1 || !document.cookie && !$("account").dataset.name) { reported = null; return; }
  reported = null;
  const body = JSON.stringify({ clientPlayId: play.id, startedAt: play.startedAt, secondsListened: seconds, completed: audio.ended });
  const headers = { "Content-Type": "application/json", "X-Resonance-Client": "web" };
  fetch(`/api/v1/tracks/${current.id}/plays`, { method: "POST", keepalive: true, headers, body }).catch(() => {});
}

/** Adds up what sounded since the last look, seeks left out. */
function hear() {
  if (!reported) return;
  const at = audio.currentTime;
  const step = reported.from === null ? 0 : at - reported.from;
  if (step > 0 && step < 2) reported.heard += step;
  reported.from = audio.paused ? null : at;
}

function draw() {
  const canvas = $("wave");
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const bars = Math.max(1, Math.floor(w / 4));
  const length = audio.duration || (current?.durationMs ?? 0) / 1000;
  const played = length ? audio.currentTime / length : 0;
  for (let i = 0; i < bars; i++) {
    let peak = 0.12;
    if (peaks) {
      const [a, b] = [Math.floor((i * peaks.length) / bars), Math.max(Math.floor(((i + 1) * peaks.length) / bars), Math.floor((i * peaks.length) / bars) + 1)];
      peak = Math.max(0.04, ...peaks.slice(a, b).map((p) => Math.abs(p) / 255));
    }
    pen.fillStyle = style.getPropertyValue(i / bars < played ? "--text" : "--line");
    pen.fillRect(i * 4, (h - peak * h) / 2, 2, peak * h);
  }
}

function tick() {
  hear();
  const length = Number.isFinite(audio.duration) ? audio.duration : (current?.durationMs ?? 0) / 1000;
  $("seek").max = length;
  $("seek").value = audio.currentTime;
  $("seek").setAttribute("aria-valuetext", `${clock(audio.currentTime * 1000)} of ${clock(length * 1000)}`);
  $("now").textContent = clock(audio.currentTime * 1000);
  $("left").textContent = clock(length * 1000);
  draw();
}

/** The row so many rows from the one that plays, if there is one. */
function neighbour(steps) {
  const buttons = [...document.querySelectorAll(".track")];
  const at = buttons.findIndex((b) => b.dataset.id === current?.id);
  return at < 0 ? undefined : buttons[at + steps];
}

function next() {
  neighbour(1)?.click();
}

/** Back to the beginning of the track, or from there to the one before. */
function previous() {
  const before = neighbour(-1);
  if (before && audio.currentTime < 3) return before.click();
  hear();
  audio.currentTime = 0;
  if (reported) reported.from = null;
  tick();
}

function face() {
  const playing = !audio.paused && !audio.ended;
  $("glyph").setAttribute("d", playing ? "M6 4h4v16H6zM14 4h4v16h-4z" : "M7 4l13 8-13 8z");
  $("toggle").setAttribute("aria-label", playing ? "Pause" : "Play");
}

/** Says something about what plays; nothing: whether it is all of the track. */
function say(text) {
  const part = current && Number.isFinite(audio.duration) && audio.duration * 1000 < current.durationMs - 1500;
  $("note").textContent = text || (part ? `This is a preview${current.pricePerSecond ? ": the track has a price" : ""}.` : "");
}

/** Remembers whether somebody logged in here, so that visitors' pages need not ask. */
function remember(known) {
  try {
    if (known) localStorage.setItem("known", "1");
    else localStorage.removeItem("known");
  } catch { /* a browser that keeps nothing asks each time */ }
}

function mayBeKnown() {
  try { return localStorage.getItem("known") !== null; } catch { return true; }
}

async function who() {
  const button = $("account");
  try {
    if (!mayBeKnown()) throw new Error("a visitor");
    const me = await call("GET", "/api/v1/me");
    button.dataset.name = me.username ?? me.email ?? "you";
    button.textContent = `Log out ${button.dataset.name}`;
  } catch {
    delete button.dataset.name;
    button.textContent = "Log in";
  }
}

function door(join) {
  joining = join;
  $("door-title").textContent = $("enter").textContent = join ? "Join" : "Log in";
  $("switch").textContent = join ? "Log in instead" : "Join instead";
  $("username-field").hidden = $("rule").hidden = !join;
  $("credentials").elements.login.parentElement.firstChild.textContent = join ? "E-mail " : "E-mail or username ";
  $("credentials").elements.password.autocomplete = join ? "new-password" : "current-password";
  $("door-error").textContent = "";
  if (!$("door").open) $("door").showModal();
}

$("credentials").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target.elements;
  const body = joining ? { email: form.login.value, password: form.password.value } : { login: form.login.value, password: form.password.value };
  if (joining && form.username.value.trim()) body.username = form.username.value.trim();
  $("enter").disabled = true;
  try {
    await call("POST", joining ? "/api/v1/auth/register" : "/api/v1/auth/login", body);
    remember(true);
    $("door").close();
    event.target.reset();
    await who();
    await load(false);
  } catch (error) {
    $("door-error").textContent = error.status ? error.message : "The server cannot be reached. Try again in a moment.";
  } finally {
    $("enter").disabled = false;
  }
});
$("switch").addEventListener("click", () => door(!joining));
$("close").addEventListener("click", () => $("door").close());
$("account").addEventListener("click", async () => {
  if (!$("account").dataset.name) return door(false);
  await call("POST", "/api/v1/auth/logout", {}).catch(() => {});
  remember(false);
  await who();
  await load(false);
});

let typing;
$("q").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => { query = $("q").value.trim(); load(false); }, 120);
});
$("search").addEventListener("submit", (event) => event.preventDefault());
$("more").addEventListener("click", () => load(true));
$("toggle").addEventListener("click", () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()));
$("next").addEventListener("click", next);
$("previous").addEventListener("click", previous);
$("seek").addEventListener("input", () => { hear(); audio.currentTime = Number($("seek").value); if (reported) reported.from = null; tick(); });
for (const name of ["timeupdate", "durationchange", "seeked"]) audio.addEventListener(name, tick);
for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, face);
audio.addEventListener("playing", () => say(""));
audio.addEventListener("waiting", () => say("Buffering…"));
audio.addEventListener("ended", () => { report(); next(); });
audio.addEventListener("error", () => { if (current) say($("account").dataset.name ? "This track cannot be played right now." : "Log in to hear this track."); });
addEventListener("pagehide", report);
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: light)").addEventListener("change", draw);
addEventListener("keydown", (event) => {
  if (event.target.closest("input, dialog, a")) return;
  if (event.key === " " && event.target.closest("button:not([aria-current=true])")) return;
  if (event.key === "/") { event.preventDefault(); $("q").focus(); }
  if (event.key === " " && current) { event.preventDefault(); $("toggle").click(); }
});
if ("mediaSession" in navigator) {
  navigator.mediaSession.setActionHandler("play", () => audio.play());
  navigator.mediaSession.setActionHandler("pause", () => audio.pause());
  navigator.mediaSession.setActionHandler("nexttrack", next);
  navigator.mediaSession.setActionHandler("previoustrack", previous);
}
if (location.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname)) {
  $("banner").textContent = "This connection is not encrypted: others on the network can read what you send.";
  $("banner").hidden = false;
}
await who();
await load(false);
