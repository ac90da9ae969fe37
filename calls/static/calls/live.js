// Calls under way, on the live page and in the start page's box: rows appear, change and leave by themselves.
"use strict";

(() => {
  const live = document.querySelector("[data-live]");
  if (!live) return;

  const STATES = {
    live: "Live",
    connecting: "Connection lost, trying again …",
    ended: "Your session is over: log in again",
    asking: "Every 15 seconds",
  };
  const AT_MOST_EVERY = 1000;
  const told = live.querySelector("[data-told]");
  let behind = 0; // how far the clock of this machine is behind the server's
  let asked = 0;
  let timer = null;
  let asking = false;
  let askAgain = false;

  const board = () => live.querySelector("[data-board]");

  function show(state) {
    const place = live.querySelector("[data-state]");
    place.dataset.state = state;
    const text = place.querySelector("[data-state-text]");
    if (text.textContent !== STATES[state]) text.textContent = STATES[state];
  }

  // ---- Rows ----------------------------------------------------------------------------------------------------

  function clock(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const whole = Math.max(0, Math.floor(seconds));
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  function ago(seconds) {
    if (seconds < 60) return "just now";
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    const days = Math.floor(seconds / 86400);
    return days === 1 ? "1 day ago" : `${days} days ago`;
  }

  function age() {
    const now = Date.now() + behind;
    for (const time of live.querySelectorAll("time[data-since]")) {
      time.textContent = clock((now - Date.parse(time.dataset.since)) / 1000);
    }
    for (const time of live.querySelectorAll("time[data-ended]")) {
      time.textContent = ago((now - Date.parse(time.dataset.ended)) / 1000);
    }
  }

  // Only what is different is touched, so that a focus, a selection and a click under way stay.
  function take(list, fresh) {
    const rows = new Map([...list.children].map((row) => [row.dataset.call, row]));
    let place = list.firstElementChild;
    for (const next of [...fresh.children]) {
      let row = rows.get(next.dataset.call);
      rows.delete(next.dataset.call);
      if (!row) {
        row = next;
        row.classList.add("is-new");
      } else if (row.dataset.shown !== next.innerHTML) {
        const focused = row.contains(document.activeElement) && document.activeElement.dataset.hangUp;
        row.replaceChildren(...next.cloneNode(true).childNodes);
        row.dataset.shown = next.innerHTML;
        if (focused) row.querySelector("[data-hang-up]")?.focus();
      }
      if (row === place) place = place.nextElementSibling;
      else list.insertBefore(row, place);
    }
    for (const row of rows.values()) row.remove();
  }

  function remember(root) {
    for (const row of root.querySelectorAll("[data-call]")) row.dataset.shown = row.innerHTML;
  }

  function render(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-board]");
    if (!fresh) return;
    remember(fresh);
    const old = board();
    const before = old.dataset.count;
    for (const list of fresh.querySelectorAll("[data-rows]")) {
      const place = old.querySelector(`[data-rows="${list.dataset.rows}"]`);
      if (place) take(place, list);
    }
    for (const name of ["data-nothing", "data-nothing-ended", "data-nothing-people", "data-more"]) {
      const [from, to] = [fresh, old].map((root) => root.querySelector(`[${name}]`));
      if (!from || !to) continue;
      to.hidden = from.hidden;
      to.textContent = from.textContent;
    }
    old.dataset.now = fresh.dataset.now;
    old.dataset.count = fresh.dataset.count;
    behind = Date.parse(fresh.dataset.now) - Date.now();
    for (const count of document.querySelectorAll("[data-board-count]")) count.textContent = fresh.dataset.count;
    if (before !== fresh.dataset.count) told.textContent = `${fresh.dataset.count} calls under way`;
    age();
  }

  // ---- What is asked for, and when -----------------------------------------------------------------------------

  async function ask() {
    timer = null;
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    asked = Date.now();
    try {
      const answer = await fetch(live.dataset.boardAddress, { redirect: "manual" });
      if (answer.type === "opaqueredirect") show("ended");
      else if (answer.ok) render(await answer.text());
    } catch {
      // The socket notices as well, and tells when it is back.
    } finally {
      asking = false;
    }
    if (askAgain) {
      askAgain = false;
      soon();
    }
  }

  // At once, and then once a second for as long as something happens.
  function soon() {
    if (timer === null) timer = setTimeout(ask, Math.max(0, asked + AT_MOST_EVERY - Date.now()));
  }

  remember(live);
  behind = Date.parse(board().dataset.now) - Date.now();
  age();
  setInterval(age, 1000);
  if ("hears" in live.dataset) {
    window.tether.listen({
      ticketAddress: live.dataset.ticketAddress,
      organization: live.dataset.organization,
      onEvent: ({ event }) => event.startsWith("call_") && soon(),
      onBehind: soon,
      onState: show,
    });
    // That people come, go and are free is no event.
    setInterval(() => document.hidden || soon(), 15_000);
  } else {
    show("asking");
    setInterval(() => document.hidden || ask(), 15_000);
  }

  // ---- Hanging up ----------------------------------------------------------------------------------------------

  const dialog = document.querySelector("[data-hang-up-dialog]");
  live.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hang-up]");
    if (!button) return;
    const form = dialog.querySelector("form");
    form.action = form.dataset.address.replace("0".repeat(24), button.dataset.hangUp);
    dialog.querySelector("[data-hang-up-who]").textContent = button.dataset.who;
    dialog.showModal();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
})();
