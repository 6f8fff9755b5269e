// While a listed job is under way, fetches the list anew every few seconds and swaps the table,
// unless somebody reads another window or works inside the table.
"use strict";

(() => {
  const WAIT = 4000;

  async function renew() {
    const table = document.querySelector("[data-jobs]");
    if (!table || !table.querySelector("[data-live]")) return;
    const isBusy = document.hidden || table.contains(document.activeElement);
    if (!isBusy) {
      try {
        const text = await regulars.fragment(window.location.href);
        const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-jobs]");
        if (fresh) table.replaceChildren(...fresh.childNodes);
      } catch {
        return; // The next visit shows the truth; a list need not nag.
      }
    }
    setTimeout(renew, WAIT);
  }

  setTimeout(renew, WAIT);
})();
