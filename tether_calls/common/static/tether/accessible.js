// What unfold's and Django's pages lack for those who hear them or have no mouse.
"use strict";

// What a symbol stands for where there is no word beside it; others are called what their font calls them.
const MEANINGS = {
  arrow_back: "Back",
  call: "Start page",
  close: "Close",
  computer: "Colours",
  dark_mode: "Colours",
  dock_to_right: "Menu",
  filter_list: "Filters",
  light_mode: "Colours",
  more_vert: "More",
  search: "Search",
};

// Symbols are letters of a font: read aloud, they would be their names.
function hideSymbols() {
  for (const symbol of document.querySelectorAll(".material-symbols-outlined:not([role], [aria-hidden])")) {
    const name = symbol.textContent.trim();
    if (!name) continue; // Alpine has yet to say which.
    symbol.setAttribute("aria-hidden", "true");
    const control = symbol.closest("a, button, [role=button]");
    if (control && control.innerText.trim() === name && !control.title && !control.hasAttribute("aria-label"))
      control.setAttribute("aria-label", MEANINGS[name] ?? name.replaceAll("_", " "));
  }
}

// What only a mouse could press.
const PRESSED = [
  ".material-symbols-outlined[x-on\\:click]",
  "a:not([href])[x-on\\:click]",
  "div.cursor-pointer[x-on\\:click]",
  "h2.cursor-pointer[x-on\\:click]",
].join();

function makeButtons() {
  for (const element of document.querySelectorAll(PRESSED)) {
    if (element.matches("button, [role]") || element.closest("a[href], button") || element.querySelector("a, button, input"))
      continue;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    if (element.matches(".material-symbols-outlined"))
      element.setAttribute("aria-label", MEANINGS[element.textContent.trim()] ?? "More");
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      element.click();
    });
  }
}

// A select box of select2 has a combo box in its place, which has the value for a name and nothing else.
function nameSelectBoxes() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const box = select.nextElementSibling?.querySelector(".select2-selection");
    const [label] = select.labels;
    if (!box || box.dataset.named) continue;
    box.dataset.named = "true";
    const value = box.querySelector(".select2-selection__rendered");
    value?.removeAttribute("role");
    value?.removeAttribute("aria-readonly");
    if (label) {
      label.id ||= `${select.id}-label`;
      box.setAttribute("aria-labelledby", [label.id, value?.id].filter(Boolean).join(" "));
    } else {
      box.setAttribute("aria-label", select.getAttribute("aria-label") || select.dataset.placeholder || select.name);
      box.removeAttribute("aria-labelledby");
    }
  }
}

// A field in a table is called by its column.
function nameCells() {
  for (const field of document.querySelectorAll("td :is(input:not([type=hidden]), select, textarea)")) {
    if (field.labels?.length || field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby")) continue;
    const name = field.closest("table").tHead?.rows[0]?.cells[field.closest("td").cellIndex]?.innerText.trim();
    if (name) field.setAttribute("aria-label", name);
  }
}

// Two landmarks of one name are one too many.
function nameScrolled() {
  for (const region of document.querySelectorAll(".simplebar-content-wrapper"))
    region.setAttribute("aria-label", region.closest("#nav-sidebar") ? "menu" : "rows");
}

function complete() {
  makeButtons();
  hideSymbols();
  nameSelectBoxes();
  nameScrolled();
  nameCells();
}

// Select boxes, scroll bars and what htmx fetches come when the page is there already.
let isDue = false;
new MutationObserver(() => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    complete();
  });
}).observe(document.documentElement, { childList: true, subtree: true });
