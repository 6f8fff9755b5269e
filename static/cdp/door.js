// The pages before the log-in follow the light or dark look chosen inside the shell.
"use strict";

(() => {
  let chosen = "auto";
  try {
    chosen = JSON.parse(localStorage.getItem("adminTheme") || '"auto"');
  } catch {
    chosen = "auto";
  }
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = chosen === "dark" || (chosen !== "light" && system.matches);
  document.documentElement.classList.toggle("dark", isDark);
})();
