// The socket, as a page of the admin hears it: docs/events.md, "From the admin".
"use strict";

window.tether = window.tether || {};

// `onEvent(message)` for each event, once; `onBehind()` where events may have been missed, also when it opens first;
// `onState("live" | "connecting" | "ended")`, the last one for good: the session is over, or the page may not listen.
// `watch`, the id of a call: `onTurn({place, turn})` for what is said in it, from the first turn on after each opening,
// `onSilence()` where nobody tells what is said, and `onOver()` when it has ended, or is none that goes on.
window.tether.listen = function ({ ticketAddress, organization, watch, onTurn, onSilence, onOver, onEvent, onBehind, onState }) {
  const address = new URL("/ws/events", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const seen = new Set();
  let lastId = null; // everything up to it has been received
  let failures = 0;
  let socket;
  let timer;
  let stopped = false;

  async function freshTicket() {
    const csrf = document.querySelector("input[name=csrfmiddlewaretoken]");
    const answer = await fetch(ticketAddress, {
      method: "POST",
      headers: { "X-CSRFToken": csrf ? csrf.value : "" },
      body: new URLSearchParams({ organization }),
      redirect: "manual",
    });
    // To the login, or refused: asking again would not help.
    if (answer.type === "opaqueredirect" || answer.status === 403) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).ticket;
  }

  async function connect() {
    let ticket;
    try {
      ticket = await freshTicket();
    } catch {
      return retry();
    }
    if (stopped) return;
    if (ticket === null) return end();
    socket = new WebSocket(address, ["bearer", ticket]);
    let resuming = lastId !== null; // until it is over, events do not move lastId
    let incomplete = false;
    const resume = () => socket.send(JSON.stringify({ type: "resume", after: lastId }));

    socket.onopen = () => {
      resuming ? resume() : socket.send('{"type":"ping"}'); // open is not yet let in: the pong is
      if (watch) socket.send(JSON.stringify({ type: "watch", callId: watch }));
    };
    socket.onmessage = ({ data }) => {
      failures = 0;
      const message = JSON.parse(data);
      if (message.event === "call_turn") {
        onTurn(message.data); // in no log: it has no id
      } else if (watch && message.code === "LIVE_TURNS_UNAVAILABLE") {
        onSilence();
      } else if (watch && message.code === "REASON_REQUIRED") {
        location.reload(); // the page asks why, and leads back
      } else if (watch && (message.type === "unwatched" || (message.type === "error" && message.callId === watch))) {
        onOver();
      } else if (message.event) {
        if (!resuming) lastId = message.id;
        if (seen.has(message.id)) return;
        seen.add(message.id);
        if (seen.size > 10_000) seen.delete(seen.values().next().value);
        onEvent(message);
      } else if (message.type === "pong") {
        onState("live");
        onBehind();
      } else if (message.code === "RESUME_INCOMPLETE") {
        incomplete = true;
      } else if (message.type === "resumed") {
        const more = incomplete && message.through !== lastId;
        lastId = message.through;
        resuming = more;
        incomplete = false;
        onState("live");
        onBehind();
        if (more) resume();
      }
    };
    socket.onclose = ({ code }) => (code === 4403 ? end() : retry());
  }

  function retry() {
    if (stopped) return;
    onState("connecting");
    const seconds = Math.min(60, 2 ** failures++);
    timer = setTimeout(connect, seconds * (500 + Math.random() * 1000));
  }

  function end() {
    stopped = true;
    onState("ended");
  }

  // A page that comes back from the dark does not wait for the rest of a minute.
  window.addEventListener("online", () => {
    if (stopped || !timer || (socket && socket.readyState <= WebSocket.OPEN)) return;
    clearTimeout(timer);
    failures = 0;
    connect();
  });

  connect();
};
