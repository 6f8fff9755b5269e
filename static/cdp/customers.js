// The list of customers: choosing a page of rows at once, and saying how many are chosen.
"use strict";

(() => {
  const form = document.querySelector("[data-customer-choice]");
  const said = form?.querySelector("[data-said]");
  if (!said) return;
  const everything = form.querySelector("[name=everything]");
  const page = form.querySelector("[data-page]");
  const rows = [...form.querySelectorAll("[name=customer]")];
  const buttons = [...form.querySelectorAll("button[name=do]")];

  const show = () => {
    const count = rows.filter((row) => row.checked).length;
    const isAll = everything.checked;
    said.textContent = isAll
      ? said.dataset.all
      : count
        ? said.dataset.said.replace("%s", count)
        : "";
    page.checked = isAll || count === rows.length;
    page.indeterminate = !isAll && count > 0 && count < rows.length;
    for (const row of [page, ...rows]) row.disabled = isAll;
    for (const button of buttons) button.setAttribute("aria-disabled", String(!isAll && !count));
  };

  // Shift and a click choose all rows between the last one clicked and this one.
  let last = null;
  const reach = (event) => {
    const row = rows.indexOf(event.target);
    if (row < 0) return;
    if (event.shiftKey && last !== null) {
      for (const one of rows.slice(Math.min(last, row), Math.max(last, row) + 1)) {
        one.checked = event.target.checked;
      }
      show();
    }
    last = row;
  };

  page.hidden = false;
  form.addEventListener("click", reach);
  page.addEventListener("change", () => {
    for (const row of rows) row.checked = page.checked;
    show();
  });
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.getAttribute("aria-disabled") !== "true") return;
    event.preventDefault();
    said.textContent = said.dataset.none;
  });
  window.addEventListener("pageshow", show);
  show();
})();

// Empty fields stay out of the address, so that links and saved views are short.
document.querySelector("[data-customer-filters]")?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) {
    if (value === "") event.formData.delete(name);
  }
});
