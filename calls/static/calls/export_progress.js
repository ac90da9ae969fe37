// How far the files are that have been asked for from a list: looked up every two seconds until all are over.
(() => {
  "use strict";

  const box = document.querySelector(".tether-exports");
  const EVERY_MS = 2000;
  if (!box) return;

  function put(row, told) {
    row.querySelector(".tether-export-says").textContent = told.says;
    const bar = row.querySelector("progress");
    if (bar && told.total) {
      bar.max = told.total;
      bar.value = told.rows;
    }
    if (!told.isOver) return;
    row.dataset.over = "";
    bar?.remove();
    const link = document.createElement("a");
    link.className = "text-link";
    link.href = told.file || told.page;
    link.textContent = told.file ? "Download" : "Why";
    row.append(link);
  }

  async function look() {
    const waiting = [...box.querySelectorAll("li:not([data-over])")];
    if (!waiting.length) return;
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const { exports } = await answer.json();
        for (const row of waiting) {
          const told = exports.find((each) => each.id === row.dataset.export);
          if (told) put(row, told);
          else row.remove();
        }
      }
    } catch {
      // The network is away: looked up again.
    }
    setTimeout(look, EVERY_MS);
  }

  setTimeout(look, EVERY_MS / 2);
})();
