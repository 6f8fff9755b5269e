// Dropping files: each is sent by itself with its progress, and one alone leads to its columns.
"use strict";

(() => {
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  const list = form.querySelector("[data-files]");
  const button = form.querySelector("[data-send]");
  let isBusy = false;
  button.hidden = true;
  // The shell would look for a text field of its own beside every file input that lacks this mark.
  input.hasChangeListener = true;

  function row(file) {
    const item = document.createElement("li");
    item.className = "cdp-upload-file";
    const name = document.createElement("span");
    name.dir = "auto";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.className = "cdp-progress";
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const text = document.createElement("span");
    text.className = "cdp-small";
    item.append(name, bar, text);
    list.append(item);
    return { bar, text };
  }

  function send(file, shown) {
    return new Promise((resolve, reject) => {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      body.append("files", file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("X-Requested-With", "regulars");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) shown.bar.value = (100 * event.loaded) / event.total;
      });
      request.addEventListener("load", () => {
        if (request.status === 201) resolve(JSON.parse(request.responseText).address);
        else if (request.status === 400 || request.status === 401)
          reject(new Error(request.responseText));
        else reject(new Error(form.dataset.failed));
      });
      request.addEventListener("error", () => reject(new Error(form.dataset.failed)));
      request.send(body);
    });
  }

  async function sendAll(files) {
    if (isBusy || !files.length) return;
    isBusy = true;
    list.replaceChildren();
    const addresses = [];
    let failures = 0;
    for (const file of files) {
      const shown = row(file);
      try {
        if (file.size > Number(form.dataset.limit)) {
          throw new Error(`${file.name} ${form.dataset.tooLarge}`);
        }
        addresses.push(await send(file, shown));
        shown.bar.value = 100;
        shown.text.textContent = form.dataset.arrived;
      } catch (error) {
        failures += 1;
        shown.bar.remove();
        shown.text.className = "cdp-error";
        shown.text.textContent = error.message;
      }
    }
    isBusy = false;
    input.value = "";
    if (failures) {
      button.hidden = true;
    } else if (addresses.length === 1) {
      window.location.assign(addresses[0]);
    } else {
      window.location.reload();
    }
  }

  input.addEventListener("change", () => sendAll([...input.files]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll([...input.files]);
  });
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("cdp-drop-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.remove("cdp-drop-over");
    });
  }
  drop.addEventListener("drop", (event) => sendAll([...event.dataTransfer.files]));
  // A file that misses the zone must not replace the page.
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => event.preventDefault());
  }
  window.addEventListener("beforeunload", (event) => {
    if (isBusy) event.preventDefault();
  });
})();
