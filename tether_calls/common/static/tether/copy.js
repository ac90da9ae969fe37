// A button with data-copy copies what the field before it has: a secret that the page shows.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const field = button?.closest(".tether-key-row").querySelector("input");
  if (!field) return;
  const label = button.querySelector("[data-copy-label]");
  field.select();
  try {
    // Only where the page came over https or from this machine.
    await navigator.clipboard.writeText(field.value);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Press Ctrl+C";
  }
});
