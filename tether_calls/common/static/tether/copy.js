// Copies the API key that the page shows.
(() => {
  "use strict";

  const key = document.getElementById("tether-key");
  const button = document.querySelector("[data-copy]");
  if (!key || !button) return;
  const label = button.querySelector("[data-copy-label]");

  button.addEventListener("click", async () => {
    key.select();
    try {
      // Only where the page came over https or from this machine.
      await navigator.clipboard.writeText(key.value);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Press Ctrl+C";
    }
  });
})();
