// What is said in a call that goes on, on its page, as it is said.
"use strict";

(() => {
  const talk = document.querySelector("[data-read-along]");
  if (!talk) return;
  const { readAlong: call, ticketAddress, organization, agent, caller } = talk.dataset;
  const dialogue = talk.querySelector("[data-dialogue]");
  const state = talk.querySelector("[data-live-state]");
  const STATES = {
    live: "What is said appears here.",
    connecting: "Connection lost, trying again …",
    ended: "Your session is over: log in again.",
    silent: "ElevenLabs does not tell what is said in this call: its transcript comes afterwards.",
    over: "The call has ended: reload the page for all of it.",
  };

  function element(name, className, text) {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function clock(seconds) {
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  // A turn that comes again, after the connection was lost, is there already; one that comes late goes to its place.
  function show({ place, turn }) {
    const rows = [...dialogue.querySelectorAll("[data-place]")];
    if (rows.some((row) => Number(row.dataset.place) === place)) return;
    dialogue.querySelector(".tether-empty")?.remove();
    const row = element("li", `tether-turn tether-turn-${turn.role === "agent" ? "agent" : "caller"}`);
    row.dataset.place = place;
    const bubble = element("div", "tether-bubble");
    const head = element("span", "tether-turn-head");
    head.append(element("span", "tether-speaker", turn.role === "agent" ? agent : caller));
    if (turn.timestamp !== undefined) head.append(element("time", "", clock(turn.timestamp)));
    const words = element("span", "tether-words", turn.message);
    words.dir = "auto";
    bubble.append(head, words);
    row.append(bubble);
    dialogue.insertBefore(row, rows.find((other) => Number(other.dataset.place) > place) || null);
  }

  let over = false;
  function tell(name) {
    over = over || name === "over";
    state.textContent = STATES[over ? "over" : name];
  }

  window.tether.listen({
    ticketAddress,
    organization,
    watch: call,
    onTurn: show,
    onSilence: () => tell("silent"),
    onOver: () => tell("over"),
    onEvent: () => {},
    onBehind: () => {},
    onState: tell,
  });
})();
