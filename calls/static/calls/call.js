// The page of one call: a turn of the transcript moves the player to where it was said.
(() => {
  "use strict";

  const players = [...document.querySelectorAll(".tether-players audio")];
  const dialogue = document.querySelector("[data-dialogue]");
  if (!players.length || !dialogue) return;

  const turns = [...dialogue.querySelectorAll("button[data-seconds]")];
  const secondsOf = (turn) => Number(turn.dataset.seconds);
  let player = players[0];
  let current = null;

  const highlight = (turn) => {
    if (turn === current) return;
    current?.removeAttribute("aria-current");
    current = turn;
    if (!turn) return;
    turn.setAttribute("aria-current", "true");
    keepInSight(turn);
  };

  // Scrolls the dialogue only: the page stays where its reader has put it.
  const keepInSight = (turn) => {
    const frame = dialogue.getBoundingClientRect();
    const box = turn.getBoundingClientRect();
    if (box.top < frame.top) dialogue.scrollTop -= frame.top - box.top + 12;
    else if (box.bottom > frame.bottom) dialogue.scrollTop += box.bottom - frame.bottom + 12;
  };

  // Of the turns that have begun, the one that began last; they need not be in order.
  const turnAt = (time) => {
    let found = null;
    for (const turn of turns) {
      const seconds = secondsOf(turn);
      if (seconds <= time + 0.05 && (!found || seconds >= secondsOf(found))) found = turn;
    }
    return found;
  };

  for (const audio of players) {
    audio.addEventListener("play", () => {
      player = audio;
      for (const other of players) if (other !== audio) other.pause();
      highlight(turnAt(audio.currentTime));
    });
    audio.addEventListener("timeupdate", () => {
      if (audio === player && (!audio.paused || current)) highlight(turnAt(audio.currentTime));
    });
    audio.addEventListener("ended", () => highlight(null));
    const failed = audio.parentElement.querySelector(".tether-player-failed");
    audio.addEventListener("error", () => { failed.hidden = false; });
    audio.addEventListener("loadedmetadata", () => { failed.hidden = true; });
  }

  dialogue.addEventListener("click", (event) => {
    const turn = event.target.closest("button[data-seconds]");
    // Whoever is marking words to copy them does not want to hear them.
    if (!turn || String(getSelection())) return;
    player.currentTime = secondsOf(turn);
    highlight(turn);
    player.play().catch(() => {}); // the player shows why it does not
  });

  dialogue.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && turns[turns.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
