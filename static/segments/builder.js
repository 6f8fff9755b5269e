// The builder: rows that change without a new page, and a result that counts along.
"use strict";

(() => {
  const form = document.getElementById("cdp-builder");
  if (!form) return;
  const rows = document.getElementById("cdp-rows");
  const result = document.getElementById("cdp-result");
  const said = document.getElementById("cdp-said");
  const addButton = form.querySelector("[data-add]");
  const limit = Number(form.dataset.limit);
  let next = Number(form.dataset.next);
  let asked = 0;
  let abort = null;
  let isLeaving = false;
  const turns = new Map();

  const every = () => [...rows.querySelectorAll(".cdp-builder-row")];
  const state = () => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    return new URLSearchParams(data).toString();
  };
  const say = (text) => {
    said.textContent = text;
  };

  // Put the pieces that the server sends into their places.
  const place = (html) => {
    const holder = document.createElement("div");
    holder.innerHTML = html;
    for (const piece of holder.querySelectorAll("template[data-for]")) {
      const target = document.getElementById(piece.dataset.for);
      if (target && target.innerHTML !== piece.innerHTML) {
        target.replaceChildren(piece.content.cloneNode(true));
      }
    }
    for (const piece of holder.querySelectorAll("template[data-error]")) {
      showError(piece.dataset.error, piece.content.textContent.trim());
    }
    for (const row of every()) {
      const errors = [...row.querySelectorAll(".cdp-error")];
      row.classList.toggle("cdp-builder-wrong", errors.some((error) => error.textContent));
    }
  };

  const showError = (id, text) => {
    const field = document.getElementById(id);
    if (!field) return;
    let error = document.getElementById(`${id}-error`);
    if (!text) {
      error?.remove();
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      return;
    }
    if (!error) {
      error = document.createElement("span");
      error.className = "cdp-error";
      error.id = `${id}-error`;
      field.parentElement.append(error);
    }
    error.textContent = text;
    field.setAttribute("aria-describedby", error.id);
    if (field.matches("input, select, textarea")) field.setAttribute("aria-invalid", "true");
  };

  const fail = (error) => {
    const notice = document.createElement("p");
    notice.className = "cdp-notice cdp-notice-bad";
    notice.textContent = error.message;
    document.getElementById("cdp-count").replaceChildren(notice);
  };

  // Count; an answer to an older question is dropped.
  const preview = async () => {
    if (!result) return;
    const mine = ++asked;
    abort?.abort();
    abort = new AbortController();
    const options = { method: "POST", signal: abort.signal };
    result.setAttribute("aria-busy", "true");
    try {
      const body = new FormData(form);
      const html = await regulars.fragment(form.dataset.preview, { ...options, body });
      if (mine !== asked) return;
      place(html);
      result.setAttribute("aria-busy", "false");
      if (!every().length) return;
      const funnel = await regulars.fragment(form.dataset.funnel, { ...options, body });
      if (mine === asked) place(funnel);
    } catch (error) {
      if (error.name === "AbortError" || mine !== asked) return;
      fail(error);
      result.setAttribute("aria-busy", "false");
    }
  };
  const previewAfterTyping = regulars.later(350, preview);
  const previewSoon = regulars.later(90, preview);

  const renumber = () => {
    const all = every();
    all.forEach((row, at) => {
      row.querySelector("[name$='-ORDER']").value = at + 1;
      row.querySelector("[data-move='-1']").disabled = at === 0;
      row.querySelector("[data-move='1']").disabled = at === all.length - 1;
      row.querySelector("[data-duplicate]").disabled = all.length >= limit;
    });
    const used = form.dataset.used.replace("{count}", all.length).replace("{limit}", limit);
    document.getElementById("cdp-used").textContent = used;
    addButton.disabled = all.length >= limit;
    document.getElementById("cdp-limit").hidden = all.length < limit;
    const suggestions = document.getElementById("cdp-suggestions");
    if (suggestions) suggestions.hidden = all.length > 0;
  };

  const dress = (row) => {
    const select = row.querySelector("[data-criterion]");
    select.classList.add("cdp-builder-native");
    select.hidden = true;
    row.querySelector("[data-pick]").hidden = false;
    row.querySelector("[data-handle]").hidden = false;
    for (const presets of row.querySelectorAll("[data-presets]")) presets.hidden = false;
    regulars.choosers.start(row);
  };

  // Ask the server for a row and put it where `place` says; the focus stays where it was.
  const fetchRow = async (number, body, put) => {
    body.set("number", number);
    const focused = document.activeElement?.id;
    let html;
    try {
      html = await regulars.fragment(form.dataset.row, { method: "POST", body });
    } catch (error) {
      fail(error);
      return null;
    }
    const holder = document.createElement("ol");
    holder.innerHTML = html;
    const row = holder.querySelector(".cdp-builder-row");
    if (put(row) === false) return null;
    dress(row);
    renumber();
    if (focused) document.getElementById(focused)?.focus();
    previewSoon();
    return row;
  };

  const body = () => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    if (form.elements.stored_name) data.set("stored_name", form.elements.stored_name.value);
    return data;
  };

  const firstField = (row) => {
    const fields = "[role=combobox], .cdp-builder-line input:not([type=hidden]), .cdp-builder-line select";
    const found = [...row.querySelectorAll(fields)].filter((one) => one.offsetParent);
    return found.find((one) => !one.matches("[data-operator]")) || found[0] || row.querySelector("[data-pick]");
  };

  const add = () =>
    regulars.picker.open(async (key) => {
      const number = next++;
      const data = body();
      data.set(`c-${number}-criterion`, key);
      const row = await fetchRow(number, data, (made) => rows.append(made));
      if (row) firstField(row).focus();
    });

  const change = (row) => {
    const number = row.dataset.number;
    const data = body();
    for (const [name, value] of new FormData(form)) {
      if (name.startsWith(`c-${number}-`)) data.append(name, value);
    }
    const turn = (turns.get(number) || 0) + 1;
    turns.set(number, turn);
    // Whoever chose again meanwhile, or removed the row, does not want this answer.
    return fetchRow(number, data, (made) => {
      const stands = document.getElementById(`c-${number}`);
      if (!stands || turns.get(number) !== turn) return false;
      stands.replaceWith(made);
      return true;
    });
  };

  const pick = (row) =>
    regulars.picker.open(async (key) => {
      row.querySelector("[data-criterion]").value = key;
      const changed = await change(row);
      if (changed) firstField(changed).focus();
    });

  const duplicate = async (row) => {
    if (every().length >= limit) return;
    const number = next++;
    const old = row.dataset.number;
    const data = body();
    for (const [name, value] of new FormData(form)) {
      if (name.startsWith(`c-${old}-`)) data.append(name.replace(`c-${old}-`, `c-${number}-`), value);
    }
    const made = await fetchRow(number, data, (copy) => row.after(copy));
    if (made) firstField(made).focus();
  };

  const remove = (row) => {
    const neighbour = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    renumber();
    say(form.dataset.removed);
    (neighbour ? neighbour.querySelector("[data-pick]") : addButton).focus();
    previewSoon();
  };

  const move = (row, step) => {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (step < 0) other.before(row);
    else other.after(row);
    moved(row);
    if (focused?.disabled) row.querySelector("[data-move]:not([disabled])")?.focus();
    else focused?.focus();
  };

  const moved = (row) => {
    renumber();
    const all = every();
    say(form.dataset.moved.replace("{number}", all.indexOf(row) + 1).replace("{count}", all.length));
    previewSoon();
  };

  const fillDays = (select) => {
    if (!select.value) return;
    const [start, end] = select.value.split(" ");
    const [first, last] = select.dataset.presets.split(" ");
    const field = (name) => form.elements[select.dataset.prefix + name];
    field(first).value = start;
    if (last !== first) field(last).value = end;
    select.value = "";
    previewSoon();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = event.target.closest(".cdp-builder-row");
    if (!button) return;
    let handled = true;
    if (button.matches("[data-add]")) add();
    else if (!row) handled = false;
    else if (button.matches("[data-pick]")) pick(row);
    else if (button.matches("[data-move]")) move(row, Number(button.dataset.move));
    else if (button.matches("[data-duplicate]")) duplicate(row);
    else if (button.matches("[data-remove]")) remove(row);
    else handled = false;
    if (handled) event.preventDefault();
  });

  form.addEventListener("change", (event) => {
    const field = event.target;
    const row = field.closest(".cdp-builder-row");
    if (field.matches("[data-presets]")) fillDays(field);
    else if (row && field.matches("[data-operator]")) change(row);
    else if (row && field.id === `id-c-${row.dataset.number}-v-attribute`) previewSoon();
    else if (row || field.matches("[name=match], [name=excluded]")) previewSoon();
  });

  form.addEventListener("input", (event) => {
    if (event.target.matches(".cdp-builder-row input[type=number], .cdp-builder-row input:not([type])")) {
      previewAfterTyping();
    }
  });

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest(".cdp-builder-row");
    if (event.altKey && row && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(row, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      preview();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      document.activeElement?.blur();
      form.requestSubmit(document.getElementById("cdp-save"));
    }
  });

  // Drag by the handle; the buttons beside it do the same.
  rows?.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button) return;
    event.preventDefault();
    const row = handle.closest(".cdp-builder-row");
    const before = every().indexOf(row);
    row.classList.add("cdp-builder-dragged");
    handle.setPointerCapture(event.pointerId);
    const follow = (moveEvent) => {
      const over = every().find((other) => {
        const box = other.getBoundingClientRect();
        return other !== row && moveEvent.clientY > box.top && moveEvent.clientY < box.bottom;
      });
      if (!over) return;
      const box = over.getBoundingClientRect();
      const isBelow = over.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING;
      const middle = box.top + box.height / 2;
      if (isBelow && moveEvent.clientY > middle) over.after(row);
      else if (!isBelow && moveEvent.clientY < middle) over.before(row);
      // A moved element loses its capture.
      handle.setPointerCapture(moveEvent.pointerId);
    };
    const drop = () => {
      row.classList.remove("cdp-builder-dragged");
      handle.removeEventListener("pointermove", follow);
      if (every().indexOf(row) !== before) moved(row);
    };
    handle.addEventListener("pointermove", follow);
    handle.addEventListener("pointerup", drop, { once: true });
    handle.addEventListener("pointercancel", drop, { once: true });
  });

  form.addEventListener("submit", () => {
    isLeaving = true;
  });
  const before = state();
  window.addEventListener("beforeunload", (event) => {
    const isChanged = form.hasAttribute("data-changed") || state() !== before;
    if (!isLeaving && isChanged) event.preventDefault();
  });

  if (rows) {
    every().forEach(dress);
    renumber();
    if (every().length) preview();
  }
  // A link to a mistake leads to what stands on the page for the field.
  const problems = document.getElementById("cdp-problems");
  problems?.focus();
  problems?.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const shown = field.hidden || field.offsetParent === null;
    const stands = "[role=combobox], [data-pick]:not([hidden])";
    const target = shown ? field.parentElement.querySelector(stands) : field;
    const inside = target?.querySelector("input");
    (inside || target)?.focus();
    target?.scrollIntoView({ block: "center" });
  });

  // Suggestions take the database a moment: they come after the page.
  const suggestions = document.getElementById("cdp-suggestions");
  if (suggestions) {
    regulars
      .fragment(suggestions.dataset.address)
      .then((html) => {
        document.getElementById("cdp-suggestions-list").innerHTML = html;
      })
      .catch(() => {});
  }
})();
