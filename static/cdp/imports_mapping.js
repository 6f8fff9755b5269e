// The preview follows the columns: the newest choice wins, older answers are dropped.
"use strict";

(() => {
  const form = document.querySelector("[data-mapping]");
  if (!form) return;
  const preview = form.querySelector("[data-preview]");
  const problem = form.querySelector("[data-preview-error]");
  const dates = new Set(form.dataset.dates.split(" "));
  let asked = null;
  form.querySelector("[data-preview-button]").hidden = true;

  const update = regulars.later(100, async () => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    preview.setAttribute("aria-busy", "true");
    try {
      const html = await regulars.fragment(window.location.pathname, {
        method: "POST",
        body: new FormData(form),
        signal,
      });
      if (signal.aborted) return;
      preview.innerHTML = html;
      problem.hidden = true;
      const said = [...preview.querySelectorAll("[data-say]")].map((item) => item.textContent);
      form.querySelector("[data-preview-said]").textContent = said.join(" ");
    } catch (error) {
      if (error.name === "AbortError") return;
      problem.textContent = error.message;
      problem.hidden = false;
    }
    preview.setAttribute("aria-busy", "false");
  });

  form.addEventListener("change", (event) => {
    if (event.target.name === "source") return;
    const row = event.target.closest("tr");
    const choice = row?.querySelector("select");
    row?.classList.toggle("cdp-column-unused", !choice.value);
    const order = row?.querySelector("[data-order]");
    if (order) order.hidden = !dates.has(choice.value);
    update();
  });
})();
