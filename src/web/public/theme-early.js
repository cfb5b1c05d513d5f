// Sets theme and density before the first paint; a classic script, because modules wait. Keys and values are those of theme.ts and
// parts/preferences.ts.
(function () {
  let wanted = null;
  let density = null;
  try {
    wanted = localStorage.getItem("hythe.theme");
    density = localStorage.getItem("hythe.density");
  } catch {
    // Storage is off: the system decides.
  }
  const dark = wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  document.documentElement.setAttribute("data-density", density === "compact" ? "compact" : "comfortable");
})();
