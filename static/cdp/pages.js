// What several pages share: asking the server for a part of a page, and questions before leaving.
"use strict";

const regulars = {
  // Fetch a fragment; resolves to its HTML, rejects with a sentence to show. Pass a signal to cancel.
  async fragment(address, options = {}) {
    let answer;
    try {
      answer = await fetch(address, {
        ...options,
        credentials: "same-origin",
        headers: { "X-Requested-With": "regulars", ...options.headers },
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error(document.body.dataset.offline || "The server cannot be reached.");
    }
    const text = await answer.text();
    if (!answer.ok && !answer.headers.get("Content-Type")?.startsWith("text/html")) {
      throw new Error(text);
    }
    if (!answer.ok) throw new Error(text.includes("<html") ? answer.statusText : text);
    return text;
  },

  // Run a function only when it was not called again for a while.
  later(wait, run) {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => run(...values), wait);
    };
  },
};

// <button data-confirm="Question?"> asks before its form is sent.
document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-confirm]");
  if (asked && !window.confirm(asked.dataset.confirm)) event.preventDefault();
});

// <select data-submit> sends its form when changed; a button stands beside it without JavaScript.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// "/" goes to the search field of the page, as in other tools.
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector(".cdp-page input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
  }
});
