// Keeps every job on the page up to date until it has ended: asks every two seconds, more seldom
// while nothing changes, not at all while nobody looks.
"use strict";

(() => {
  const SHORTEST = 2000;
  const LONGEST = 15000;
  const QUIET = 20000;

  class WatchedJob {
    constructor(box) {
      this.box = box;
      this.place = box.querySelector("[data-job-state]");
      this.error = box.querySelector("[data-job-error]");
      this.said = box.querySelector("[data-job-said]");
      this.wait = SHORTEST;
      this.timer = 0;
      this.saidAt = Date.now();
    }

    get state() {
      return this.place.firstElementChild;
    }

    get isLive() {
      return Boolean(this.state && "live" in this.state.dataset);
    }

    plan() {
      clearTimeout(this.timer);
      if (this.isLive && !document.hidden) this.timer = setTimeout(() => this.ask(), this.wait);
    }

    async ask() {
      try {
        const fresh = document.createElement("template");
        fresh.innerHTML = (await regulars.fragment(this.box.dataset.job)).trim();
        this.error.hidden = true;
        const isSame = fresh.content.textContent === this.state.textContent;
        this.wait = isSame ? Math.min(this.wait * 1.5, LONGEST) : SHORTEST;
        if (!isSame) this.show(fresh.content);
      } catch (error) {
        this.error.textContent = `${this.box.dataset.lost} ${error.message}`;
        this.error.hidden = false;
        this.wait = Math.min(this.wait * 2, LONGEST);
      }
      this.plan();
    }

    show(fresh) {
      const before = this.state.dataset.state;
      const focused = this.place.contains(document.activeElement)
        ? document.activeElement.dataset.act
        : undefined;
      this.place.replaceChildren(fresh);
      if (focused) {
        const same = this.place.querySelector(`[data-act="${focused}"]`);
        const target = same || this.place.querySelector("[data-act]") || this.box;
        if (target === this.box) this.box.tabIndex = -1;
        target.focus({ preventScroll: true });
      }
      this.say(before !== this.state.dataset.state);
      if (!this.isLive) this.finish();
    }

    // A screen reader hears of a new state at once, of progress now and then.
    say(isNew) {
      if (!isNew && Date.now() - this.saidAt < QUIET) return;
      this.said.textContent = this.state.dataset.say;
      this.saidAt = Date.now();
    }

    finish() {
      const next = this.box.querySelector("[data-job-next]");
      if (next && this.state.dataset.state === "done") next.hidden = false;
      if ("reloads" in this.box.dataset) window.location.reload();
    }
  }

  const watched = [...document.querySelectorAll("[data-job]")].map((box) => new WatchedJob(box));
  watched.forEach((job) => job.plan());
  document.addEventListener("visibilitychange", () => {
    for (const job of watched) {
      clearTimeout(job.timer);
      job.wait = SHORTEST;
      if (!document.hidden && job.isLive) job.ask();
    }
  });
})();
