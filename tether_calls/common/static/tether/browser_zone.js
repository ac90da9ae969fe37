// Offers the time zone that this browser is in.
(() => {
  "use strict";

  const choice = document.querySelector("select[name=time_zone]");
  const button = document.querySelector("[data-browser-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!choice || !button || ![...choice.options].some((option) => option.value === zone)) return;

  button.textContent = `Choose ${zone}, this browser's`;
  button.hidden = false;
  button.addEventListener("click", () => { choice.value = zone; });
})();
