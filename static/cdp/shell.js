// What the shell lacks for those who hear a page or do without a mouse: its icons are words in a font
// of pictures, and some of its switches are no buttons.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const words = document.querySelector(".cdp-skip")?.dataset ?? {};

  for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
    const isAll = icon.parentElement.textContent.trim() === icon.textContent.trim();
    if (!isAll && !icon.hasAttribute("x-on:click")) icon.setAttribute("aria-hidden", "true");
  }

  for (const control of document.querySelectorAll("div[x-on\\:click], span[x-on\\:click]")) {
    control.setAttribute("role", "button");
    control.tabIndex = 0;
    const isIcon = control.matches(".material-symbols-outlined");
    if (isIcon) control.setAttribute("aria-label", words.menu || "Menu");
    control.addEventListener("keydown", (event) => {
      if (event.target !== control || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      control.click();
    });
  }
});
