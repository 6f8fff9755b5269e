// Lists of values: chips with a search on the server, pasted lines; the text area keeps the values.
"use strict";

regulars.choosers = {
  // Turn every list inside `root` that is not one yet into a search with chips.
  start(root) {
    for (const box of root.querySelectorAll("[data-chooser]")) {
      if (!box.dataset.started) regulars.choosers.make(box);
    }
  },

  make(box) {
    box.dataset.started = "1";
    const form = box.closest("form");
    const area = box.querySelector("textarea");
    const chooser = box.querySelector(".cdp-chooser");
    const chips = chooser.querySelector(".cdp-chips");
    const search = chooser.querySelector("[role=combobox]");
    const list = chooser.querySelector("[role=listbox]");
    let asked = 0;
    let abort = null;
    let listed = null; // What the shown list was asked for.
    let timer = 0;

    area.hidden = true;
    chooser.hidden = false;
    box.querySelector("label").htmlFor = search.id;
    if (area.getAttribute("aria-invalid")) {
      search.setAttribute("aria-invalid", "true");
      search.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));
    }

    const values = () => area.value.split("\n").filter(Boolean);

    const store = (wanted) => {
      area.value = wanted.join("\n");
      area.dispatchEvent(new Event("change", { bubbles: true }));
    };

    const add = (value, label) => {
      const text = value.trim();
      if (!text || values().includes(text)) return;
      const chip = document.createElement("li");
      chip.className = "cdp-chip";
      chip.dataset.value = text;
      const name = document.createElement("span");
      name.textContent = label || text;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "×";
      button.setAttribute("aria-label", form.dataset.removeValue.replace("{value}", label || text));
      chip.append(name, button);
      chips.append(chip);
      store([...values(), text]);
    };

    const remove = (chip) => {
      const rest = values().filter((value) => value !== chip.dataset.value);
      chip.remove();
      store(rest);
      search.focus();
    };

    const options = () => [...list.querySelectorAll("[role=option]")];
    const active = () => list.querySelector("[aria-selected=true]");

    const close = () => {
      asked += 1;
      clearTimeout(timer);
      list.hidden = true;
      search.setAttribute("aria-expanded", "false");
      search.removeAttribute("aria-activedescendant");
    };

    const mark = (option) => {
      active()?.setAttribute("aria-selected", "false");
      if (!option) return;
      option.setAttribute("aria-selected", "true");
      search.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };

    const show = async () => {
      if (!box.dataset.source) return;
      const mine = ++asked;
      const wanted = search.value;
      clearTimeout(timer);
      abort?.abort();
      abort = new AbortController();
      const owner = box.dataset.of ? form.elements[box.dataset.of] : null;
      const query = new URLSearchParams({
        source: box.dataset.source,
        q: wanted,
        of: owner ? owner.value : "",
      });
      let html;
      try {
        html = await regulars.fragment(`${form.dataset.values}?${query}`, { signal: abort.signal });
      } catch {
        return;
      }
      if (mine !== asked || document.activeElement !== search) return;
      list.innerHTML = html;
      listed = wanted;
      options().forEach((option, place) => {
        option.id = `${list.id}-${place}`;
        if (values().includes(option.dataset.value)) option.classList.add("cdp-option-chosen");
      });
      list.hidden = !list.children.length;
      search.setAttribute("aria-expanded", String(!list.hidden));
      if (wanted) mark(options()[0]);
    };

    const showLater = () => {
      clearTimeout(timer);
      timer = setTimeout(show, 150);
    };

    // Enter takes what is marked; what was typed faster than the list came is looked up first.
    const enter = async () => {
      const typed = search.value;
      if (typed.trim() && box.dataset.source && listed !== typed) await show();
      const option = list.hidden || (typed && listed !== typed) ? null : active();
      if (option) take(option, false);
      else if (typed.trim()) {
        add(typed);
        search.value = "";
        close();
      }
    };

    // By mouse one often takes several: the list stays. By keyboard the next key opens it again.
    const take = (option, stays) => {
      add(option.dataset.value, option.dataset.label);
      search.value = "";
      search.focus();
      if (stays) show();
      else close();
    };

    search.addEventListener("focus", show);
    search.addEventListener("click", () => list.hidden && show());
    search.addEventListener("input", (event) => {
      event.stopPropagation();
      showLater();
    });
    search.addEventListener("change", (event) => event.stopPropagation());
    search.addEventListener("blur", () => {
      close();
      if (search.value.trim()) {
        add(search.value);
        search.value = "";
      }
    });
    search.addEventListener("paste", (event) => {
      const lines = event.clipboardData.getData("text").split(/[\r\n\t]+/).filter((line) => line.trim());
      if (lines.length < 2) return;
      event.preventDefault();
      lines.forEach((line) => add(line));
      close();
    });
    search.addEventListener("keydown", (event) => {
      const all = options();
      const at = all.indexOf(active());
      if (event.key === "ArrowDown" && !event.altKey) {
        event.preventDefault();
        if (list.hidden) show();
        else mark(all[Math.min(at + 1, all.length - 1)]);
      } else if (event.key === "ArrowUp" && !event.altKey) {
        event.preventDefault();
        mark(all[Math.max(at - 1, 0)]);
      } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        event.stopPropagation();
        enter();
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      } else if (event.key === "Backspace" && !search.value && chips.lastElementChild) {
        remove(chips.lastElementChild);
      }
    });
    // Before the search loses the focus.
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) take(option, true);
    });
    chips.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) remove(button.closest(".cdp-chip"));
    });
    chooser.addEventListener("click", (event) => {
      if (event.target === chooser || event.target === chips) search.focus();
    });
  },
};
