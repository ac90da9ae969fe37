// "3 new calls" above the list: how many have come since that it would show as well; a click takes them in.
"use strict";

(() => {
  const bar = document.querySelector("[data-new-calls]");
  if (!bar) return;
  const link = bar.querySelector("a");
  const AT_MOST_EVERY = 5_000;
  const WITHOUT_SOCKET_EVERY = 30_000;
  let asked = 0;
  let timer = null;
  let full = false;
  let missed = false; // something happened while nobody looked

  async function ask() {
    timer = null;
    asked = Date.now();
    try {
      const answer = await fetch(bar.dataset.newCalls, { redirect: "manual" });
      if (!answer.ok) return;
      const { count, text } = await answer.json();
      full = text.includes("+");
      link.querySelector("[data-text]").textContent = text;
      link.hidden = count === 0;
    } catch {
      // The next event will tell.
    }
  }

  // Of several calls at once one question; none while the page is not looked at.
  function soon() {
    if (full || timer !== null) return;
    if (document.hidden) missed = true;
    else timer = setTimeout(ask, Math.max(300, asked + AT_MOST_EVERY - Date.now()));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !missed) return;
    missed = false;
    soon();
  });

  if (bar.dataset.organization) {
    window.tether.listen({
      ticketAddress: bar.dataset.ticketAddress,
      organization: bar.dataset.organization,
      onEvent: ({ event }) => event === "call_initiated" && soon(),
      onBehind: soon,
      onState: () => {},
    });
  } else {
    setInterval(soon, WITHOUT_SOCKET_EVERY);
  }
})();
