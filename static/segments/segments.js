// The pages of segments: parts that follow later, ticking all rows, copying, menus that close.
"use strict";

(() => {
  // <div data-lazy="address" data-waiting="…">link</div> is replaced by what the address answers.
  // With data-keep its content stays to be read while it waits.
  async function fill(place) {
    const before = [...place.childNodes];
    const waiting = document.createElement("p");
    waiting.className = "cdp-muted";
    waiting.textContent = place.dataset.waiting;
    if ("keep" in place.dataset) place.querySelector(".cdp-after")?.replaceWith(waiting);
    else place.replaceChildren(waiting);
    place.setAttribute("aria-busy", "true");
    try {
      const fresh = document.createElement("template");
      fresh.innerHTML = await regulars.fragment(place.dataset.lazy);
      place.replaceChildren(fresh.content);
    } catch (error) {
      waiting.className = "cdp-error";
      waiting.textContent = error.message;
      if (!("keep" in place.dataset)) place.append(...before);
    } finally {
      place.removeAttribute("aria-busy");
    }
  }

  document.querySelectorAll("[data-lazy]").forEach(fill);

  // <input data-tick-all> ticks and unticks every row of its table.
  document.querySelectorAll("[data-tick-all]").forEach((all) => {
    all.hidden = false;
    const ticks = [...all.closest("table").querySelectorAll("tbody input[type=checkbox]")];
    all.addEventListener("change", () => ticks.forEach((tick) => (tick.checked = all.checked)));
    all.closest("table").addEventListener("change", () => {
      const count = ticks.filter((tick) => tick.checked).length;
      all.checked = count === ticks.length;
      all.indeterminate = count > 0 && count < ticks.length;
    });
  });

  // <button data-copy="id"> copies the text of an element.
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  });

  // A menu closes by Escape and by a click beside it; only one is open at a time.
  function close(except) {
    document.querySelectorAll(".cdp-menu[open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  }

  // In a table the menu lies above the page, below its button or over it where there is no room.
  function lay(menu) {
    const box = menu.querySelector(".cdp-menu-box");
    const button = menu.querySelector("summary").getBoundingClientRect();
    box.classList.add("cdp-menu-above");
    const fits = button.bottom + box.offsetHeight + 8 < window.innerHeight;
    const left = Math.min(button.right, window.innerWidth - 8) - box.offsetWidth;
    box.style.left = `${Math.max(left, 8)}px`;
    box.style.top = `${fits ? button.bottom + 4 : Math.max(button.top - box.offsetHeight - 4, 8)}px`;
  }

  document.querySelectorAll(".cdp-row-actions .cdp-menu").forEach((menu) => {
    menu.addEventListener("toggle", () => menu.open && lay(menu));
  });
  document.addEventListener(
    "scroll",
    (event) => {
      if (!event.target.closest?.(".cdp-menu") && document.querySelector(".cdp-menu[open] .cdp-menu-above")) {
        close(null);
      }
    },
    true,
  );
  document.addEventListener("click", (event) => close(event.target.closest(".cdp-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector(".cdp-menu[open]");
    if (!open) return;
    close(null);
    open.querySelector("summary").focus();
  });
})();
