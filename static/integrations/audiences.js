// Setting an audience up: whom it reaches follows the share that is kept out; the time of day shows
// when it is needed.
"use strict";

(() => {
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
