// Lists by keyboard and by rows: j and k go from row to row, Enter opens, x marks, ? tells of it; / is unfold's search.
// A row is opened by a click anywhere; its link stays a link, which the keys give the focus to.
(() => {
  "use strict";

  const list = () => document.getElementById("result_list");
  const rows = () => [...(list()?.querySelectorAll("tr.data-row") ?? [])];
  const linkOf = (row) => row.querySelector("th a[href], td a[href]");
  const isTyping = (target) =>
    target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => row.contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
    linkOf(all[next])?.focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  function mark() {
    const row = document.activeElement?.closest("tr.data-row");
    row?.querySelector("input.action-select")?.click();
  }

  function help() {
    const dialog = document.getElementById("tether-keys");
    if (dialog && !dialog.open) dialog.showModal();
  }

  const KEYS = { j: () => move(1), k: () => move(-1), x: mark, "?": help };

  document.addEventListener("keydown", (event) => {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    action();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("tr.data-row");
    if (!row || !list()?.contains(row) || event.defaultPrevented) return;
    if (event.target.closest("a, button, input, label, select, summary, .action-checkbox")) return;
    // Who marks a text with the mouse wants the text.
    if (!getSelection().isCollapsed) return;
    const link = linkOf(row);
    if (!link) return;
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });

  // A menu closes when something else is done, as menus do.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.tether-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.tether-menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-opens-keys]")) help();
  });
})();
