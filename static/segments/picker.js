// The dialog in which somebody searches for what a condition can ask.
"use strict";

regulars.picker = (() => {
  const dialog = document.getElementById("cdp-picker");
  if (!dialog) return null;
  const search = dialog.querySelector("[role=combobox]");
  const nothing = dialog.querySelector("[data-nothing]");
  const options = [...dialog.querySelectorAll("[role=option]")];
  let answer = () => {};

  const shown = () => options.filter((option) => !option.hidden);
  const active = () => options.find((option) => option.getAttribute("aria-selected") === "true");

  const mark = (option) => {
    active()?.setAttribute("aria-selected", "false");
    if (!option) {
      search.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    search.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const weight = (option) => {
      const label = plain(option.querySelector("b").textContent);
      const all = plain(option.parentElement.textContent.length ? option.textContent : "");
      if (!words.every((word) => all.includes(word))) return 0;
      return words.every((word) => label.includes(word)) ? 2 : 1;
    };
    let best = null;
    for (const option of options) {
      const found = weight(option);
      option.hidden = !found;
      if (found && (!best || found > best.found)) best = { option, found };
    }
    for (const group of dialog.querySelectorAll("[role=group]")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    nothing.hidden = Boolean(best);
    mark(search.value ? best?.option : null);
  };

  const take = (option) => {
    dialog.close();
    answer(option.dataset.key);
  };

  search.addEventListener("input", filter);
  dialog.addEventListener("keydown", (event) => {
    const all = shown();
    const at = all.indexOf(active());
    if (event.key === "ArrowDown") {
      event.preventDefault();
      mark(all[Math.min(at + 1, all.length - 1)]);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      mark(all[Math.max(at - 1, 0)]);
    } else if (event.key === "Enter" && event.target === search) {
      event.preventDefault();
      if (active()) take(active());
    }
  });
  dialog.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
    else if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });

  return {
    // Let somebody choose; `chosen` gets the key of the criterion.
    open(chosen) {
      answer = chosen;
      search.value = "";
      filter();
      dialog.showModal();
      search.focus();
      dialog.querySelector(".cdp-picker-list").scrollTop = 0;
    },
  };
})();
