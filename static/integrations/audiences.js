// The pages of audiences: menus that close, the time of day where it is needed, and whom an audience
// reaches while the share that is kept out is typed.
"use strict";

(() => {
  // A menu closes by Escape and by a click beside it.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".cdp-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(".cdp-menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  const schedule = document.querySelector("[name=schedule]");
  const daily = document.querySelector("[data-daily]");
  if (schedule && daily) {
    const follow = () => {
      daily.hidden = schedule.value !== "daily";
    };
    schedule.addEventListener("change", follow);
    follow();
  }

  const form = document.querySelector("form[data-reach]");
  const share = form?.querySelector("[name=holdout_percent]");
  const place = form?.querySelector("[data-reach-place]");
  if (!share || !place) return;
  let asking = new AbortController();

  const count = regulars.later(350, async () => {
    asking.abort();
    asking = new AbortController();
    const asked = new URLSearchParams();
    for (const name of ["segment", "connection", "holdout_percent"]) {
      asked.set(name, form.elements[name].value);
    }
    place.setAttribute("aria-busy", "true");
    try {
      place.innerHTML = await regulars.fragment(`${form.dataset.reach}?${asked}`, {
        signal: asking.signal,
      });
    } catch (error) {
      if (error.name === "AbortError") return;
      place.textContent = error.message;
    }
    place.removeAttribute("aria-busy");
  });
  share.addEventListener("input", count);
})();
