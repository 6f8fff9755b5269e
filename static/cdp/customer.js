// The page of one customer: older entries are added below, another segment is explained in place.
// Without this file the same links and forms load the page anew.
"use strict";

// Run a request for a part; what went wrong stands at `problem`.
async function ask(address, { busy, problem }) {
  busy.setAttribute("aria-busy", "true");
  problem.hidden = true;
  try {
    return await regulars.fragment(address);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    return null;
  } finally {
    busy.removeAttribute("aria-busy");
  }
}

const entries = document.getElementById("timeline-entries");
const verdict = document.getElementById("why-verdict");

async function showOlder(link) {
  const problem = document.querySelector("[data-timeline-problem]");
  const html = await ask(link.href, { busy: entries, problem });
  if (html === null) return;
  const place = link.parentElement;
  const before = place.previousElementSibling;
  place.insertAdjacentHTML("beforebegin", html);
  place.remove();
  // The first new heading is read next; a day that goes on is not named twice.
  const added = before ? before.nextElementSibling : entries.firstElementChild;
  const title = added.querySelector(".cdp-day-title");
  if (!title) return;
  const above = before?.querySelector(".cdp-day-title");
  if (above?.textContent === title.textContent) title.classList.add("cdp-hidden");
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

async function explain(address) {
  const problem = document.querySelector("[data-why-problem]");
  const html = await ask(address, { busy: verdict, problem });
  if (html === null) return;
  verdict.innerHTML = html;
  const chosen = new URL(address, window.location.href).searchParams.get("why");
  const select = document.getElementById("why-segment");
  if (select && chosen) select.value = chosen;
  history.replaceState(null, "", address);
  document.getElementById("why").scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const older = event.target.closest("[data-older]");
  const reason = event.target.closest("a[data-why]");
  if (!isPlain || event.button !== 0 || !(older || reason)) return;
  event.preventDefault();
  if (older) {
    showOlder(older);
  } else {
    explain(reason.href);
  }
});

document.querySelector("form[data-why]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(window.location.href);
  address.searchParams.set("why", event.target.elements.why.value);
  address.hash = "why";
  explain(address.href);
});
