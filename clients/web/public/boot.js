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
