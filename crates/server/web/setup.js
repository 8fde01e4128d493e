// Makes the first admin with the token that the server printed.

const form = document.getElementById("setup");
const said = document.getElementById("error");
const needed = await fetch("/api/v1/setup").then((r) => r.json()).catch(() => null);
if (needed && !needed.needed) {
  document.getElementById("what").remove();
  form.replaceChildren(Object.assign(document.createElement("p"), { textContent: "Setup is done. " }), Object.assign(document.createElement("a"), { href: "/", textContent: "To the music" }));
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "";
  const headers = { "Content-Type": "application/json", "X-Resonance-Client": "web" };
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const response = await fetch("/api/v1/setup", { method: "POST", headers, body }).catch(() => null);
  if (response?.ok) {
    try { localStorage.setItem("known", "1"); } catch { /* the page asks anyway */ }
    return location.replace("/");
  }
  const problem = await response?.json().catch(() => null);
  const fields = problem?.errors?.map((e) => `${e.pointer.slice(1)}: ${e.detail}`).join("; ");
  said.textContent = fields || problem?.detail || "The server did not answer. Try again.";
});
