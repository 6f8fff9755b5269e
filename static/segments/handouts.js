// Moves columns up and down, shows the last day only where it counts, copies a secret address.
"use strict";

(() => {
  function columns(box) {
    const list = box.querySelector("ol");
    const said = box.querySelector("[data-columns-said]");
    const named = (words, row) => words.replace("%s", row.querySelector("[data-name]").textContent);

    function button(row, sign, words, step) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "cdp-button cdp-button-small";
      made.textContent = sign;
      made.setAttribute("aria-label", named(words, row));
      made.addEventListener("click", () => {
        const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
        if (!other) return;
        if (step < 0) other.before(row);
        else other.after(row);
        made.focus();
        const place = [...list.children].indexOf(row) + 1;
        said.textContent = named(box.dataset.moved, row).replace("%n", place);
      });
      return made;
    }

    for (const row of list.children) {
      const moves = document.createElement("span");
      moves.className = "cdp-handout-columns-moves";
      moves.append(
        button(row, "↑", box.dataset.up, -1),
        button(row, "↓", box.dataset.down, 1),
      );
      row.append(moves);
    }
    const choose = (isChosen) => {
      for (const input of list.querySelectorAll("input")) input.checked = isChosen;
    };
    const all = box.querySelector("[data-columns-all]");
    all.hidden = false;
    all.querySelector("[data-all]").addEventListener("click", () => choose(true));
    all.querySelector("[data-none]").addEventListener("click", () => choose(false));
  }

  document.querySelectorAll("[data-columns]").forEach(columns);

  const lastDay = document.querySelector("[data-last-day]");
  if (lastDay) {
    const form = lastDay.closest("form");
    const show = () => {
      lastDay.hidden = form.elements.ends.value !== "day";
    };
    form.addEventListener("change", show);
    show();
  }

  const copy = document.querySelector("[data-copy-secret]");
  if (copy) {
    const address = document.querySelector("[data-address]");
    const said = document.querySelector("[data-copy-said]");
    copy.hidden = false;
    address.addEventListener("focus", () => address.select());
    copy.addEventListener("click", async () => {
      address.select();
      try {
        await navigator.clipboard.writeText(address.value);
        said.textContent = copy.dataset.copied;
      } catch {
        said.textContent = copy.dataset.failed;
      }
    });
  }
})();
