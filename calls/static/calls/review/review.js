// Judging a call: of many tags, those whose names have what is typed.
(() => {
  "use strict";

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  document.addEventListener("input", (event) => {
    const filter = event.target;
    if (!filter.matches?.("[data-tag-filter]")) return;
    const wanted = plain(filter.value.trim());
    for (const tag of filter.form.querySelectorAll("[data-tag]")) {
      tag.hidden = !plain(tag.textContent).includes(wanted) && !tag.querySelector("input").checked;
    }
  });

  // The filter is no part of what is sent: it must not send it either.
  for (const name of ["change", "keydown"]) {
    document.addEventListener(name, (event) => {
      if (!event.target.matches?.("[data-tag-filter]")) return;
      if (name === "change") event.stopPropagation();
      else if (event.key === "Enter") event.preventDefault();
    }, true);
  }
})();
