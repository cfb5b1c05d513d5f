// Sets the theme before the first paint; a classic script, because modules wait. Key and values are those of theme.ts.
(function () {
  let wanted = null;
  try {
    wanted = localStorage.getItem("hythe.theme");
  } catch {
    // Storage is off: the system decides.
  }
  const dark = wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
