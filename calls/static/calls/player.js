// The player of a call: for people who listen all day. A turn of the transcript moves it to where it was said.
(() => {
  "use strict";

  const player = document.querySelector("[data-player]");
  const dialogue = document.querySelector("[data-dialogue]");
  if (!player || !dialogue) return;

  const part = (name) => player.querySelector(`[data-${name}]`);
  const audio = player.querySelector("audio");
  const wave = part("wave");
  const speed = part("speed");
  const volume = part("volume");
  const turns = [...dialogue.querySelectorAll("button[data-seconds]")];
  const recordings = [...player.querySelectorAll("[data-recording]")];
  const secondsOf = (turn) => Number(turn.dataset.seconds);
  const show = tetherWaveform(wave.querySelector("canvas"));

  // What is chosen here is kept for the next call; a browser that keeps nothing plays all the same.
  const kept = {
    get: (name) => { try { return localStorage.getItem(`tether.player.${name}`); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(`tether.player.${name}`, value); } catch { /* not kept */ } },
  };

  // ---- Where the player is -----------------------------------------------------------------------------------------

  let recording = recordings.find((one) => one.checked) ?? recordings[0];
  let place = 0; // seconds; the element's own is lost when its address is renewed
  let isWanted = false; // whether it is to play
  let isRenewing = false;
  let failures = 0;
  let current = null;

  const lengthOf = () => (Number.isFinite(audio.duration) && audio.duration) || Number(recording.dataset.seconds) || 0;

  const clock = (seconds) => {
    const whole = Math.floor(seconds);
    const [hour, minute, second] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hour ? `${hour}:${two(minute)}:${two(second)}` : `${minute}:${two(second)}`;
  };

  const tell = () => {
    const length = lengthOf();
    part("now").textContent = clock(place);
    part("length").textContent = clock(length);
    wave.setAttribute("aria-valuemax", length.toFixed(1));
    wave.setAttribute("aria-valuenow", place.toFixed(1));
    wave.setAttribute("aria-valuetext", `${clock(place)} of ${clock(length)}`);
    show({ time: place, length });
  };

  const seek = (seconds) => {
    const length = lengthOf();
    place = Math.max(0, length ? Math.min(seconds, length) : seconds);
    // Before it is loaded, which playing does, this is where it will begin.
    audio.currentTime = place;
    highlight(turnAt(place));
    tell();
  };

  const play = async () => {
    isWanted = true;
    if (audio.ended) seek(0);
    try {
      await audio.play();
    } catch (error) {
      // A browser that lets no page play by itself; what else there is, the element tells.
      if (error.name === "NotAllowedError") isWanted = false;
    }
  };

  const pause = () => {
    isWanted = false;
    audio.pause();
  };

  const toggle = () => (audio.paused ? play() : pause());

  // ---- The address: it leads to where the recording is for some minutes, and is followed anew when that is over ----

  const load = (address) => {
    isRenewing = true;
    audio.src = address;
    audio.load();
    if (isWanted) play();
  };

  audio.addEventListener("error", () => {
    failures += 1;
    part("failed").hidden = failures <= 3;
    if (failures > 3) return;
    const again = new URL(recording.dataset.audio, location.href);
    again.searchParams.set("again", Date.now());
    setTimeout(() => load(again), (failures - 1) * 1500);
  });
  part("again").addEventListener("click", () => {
    failures = 0;
    part("failed").hidden = true;
    isWanted = true;
    load(recording.dataset.audio);
  });
  audio.addEventListener("loadedmetadata", () => {
    if (place) audio.currentTime = place;
    isRenewing = false;
    part("failed").hidden = true;
    tell();
  });

  // ---- As it plays ------------------------------------------------------------------------------------------------

  const playButton = part("play");
  const showWhetherItPlays = () => {
    playButton.querySelector("span").textContent = audio.paused ? "play_arrow" : "pause";
    playButton.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
  };
  const follow = () => {
    if (audio.paused || isRenewing) return;
    place = audio.currentTime;
    show({ time: place });
    requestAnimationFrame(follow);
  };
  audio.addEventListener("play", () => { isWanted = true; showWhetherItPlays(); });
  audio.addEventListener("playing", () => { requestAnimationFrame(follow); });
  audio.addEventListener("pause", () => {
    // By a key of the keyboard's own, or of a headset.
    if (!isRenewing && !audio.error) isWanted = false;
    showWhetherItPlays();
  });
  audio.addEventListener("timeupdate", () => {
    if (isRenewing || audio.error || !audio.readyState) return;
    if (Math.abs(audio.currentTime - place) > 0.01 && !audio.seeking) failures = 0;
    place = audio.currentTime;
    if (!audio.paused || current) highlight(turnAt(place));
    tell();
  });
  audio.addEventListener("ended", () => { isWanted = false; highlight(null); });

  // ---- Turns ------------------------------------------------------------------------------------------------------

  function highlight(turn) {
    if (turn === current) return;
    current?.removeAttribute("aria-current");
    current = turn;
    if (!turn) return;
    turn.setAttribute("aria-current", "true");
    keepInSight(turn);
  }

  // Scrolls the dialogue only: the page stays where its reader has put it.
  function keepInSight(turn) {
    const frame = dialogue.getBoundingClientRect();
    const box = turn.getBoundingClientRect();
    if (box.top < frame.top) dialogue.scrollTop -= frame.top - box.top + 12;
    else if (box.bottom > frame.bottom) dialogue.scrollTop += box.bottom - frame.bottom + 12;
  }

  // Of the turns that have begun, the one that began last; they need not be in order.
  function turnAt(time) {
    let found = null;
    for (const turn of turns) {
      const seconds = secondsOf(turn);
      if (seconds <= time + 0.05 && (!found || seconds >= secondsOf(found))) found = turn;
    }
    return found;
  }

  dialogue.addEventListener("click", (event) => {
    const turn = event.target.closest("button[data-seconds]");
    // Whoever is marking words to copy them does not want to hear them.
    if (!turn || String(getSelection())) return;
    seek(secondsOf(turn));
    highlight(turn);
    play();
  });

  dialogue.addEventListener("tether:place", (event) => seek(secondsOf(event.target)));

  dialogue.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step && turns[turns.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  // A button is pressed when Space is let go; here Space plays and pauses, and Enter goes to the turn.
  dialogue.addEventListener("keyup", (event) => {
    if (event.key === " " && event.target.closest("button[data-seconds]")) event.preventDefault();
  });

  // Who speaks when: each turn lasts until the next one.
  const lanes = (length) => {
    const begun = turns.map((turn) => [secondsOf(turn), turn.closest(".tether-turn-agent") ? "agent" : "caller"]);
    begun.sort(([one], [other]) => one - other);
    return begun.map(([from, side], index) => ({ side, from, to: begun[index + 1]?.[0] ?? Math.max(length, from) }));
  };

  // ---- The waveform: a slider -------------------------------------------------------------------------------------

  const secondsAt = (event) => {
    const { left, width } = wave.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1) * lengthOf();
  };
  wave.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    wave.setPointerCapture(event.pointerId);
    seek(secondsAt(event));
  });
  wave.addEventListener("pointermove", (event) => {
    if (wave.hasPointerCapture(event.pointerId)) seek(secondsAt(event));
    const pointed = secondsAt(event);
    wave.title = clock(pointed);
    show({ pointed: event.pointerType === "mouse" ? pointed : null });
  });
  wave.addEventListener("pointerleave", () => show({ pointed: null }));
  const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -60, PageUp: 60 };
  wave.addEventListener("keydown", (event) => {
    const wanted = { Home: 0, End: lengthOf() }[event.key] ?? (steps[event.key] && place + steps[event.key]);
    if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    seek(wanted);
  });

  // Peaks that are still being made are asked for again.
  const fetchPeaks = async (of, tries = 12) => {
    if (!of.dataset.peaks) return null;
    const answer = await fetch(of.dataset.peaks, { credentials: "same-origin" });
    if (answer.status === 202 && tries && of === recording) {
      const pause = Number(answer.headers.get("Retry-After") ?? 2);
      await new Promise((resume) => { setTimeout(resume, pause * 1000); });
      return fetchPeaks(of, tries - 1);
    }
    const isPeaks = answer.status === 200 && answer.headers.get("Content-Type") === "application/octet-stream";
    return isPeaks ? new Uint8Array(await answer.arrayBuffer()) : null;
  };
  const drawRecording = async () => {
    const drawn = recording;
    show({ peaks: null, lanes: lanes(lengthOf()) });
    const peaks = await fetchPeaks(drawn).catch(() => null); // without them there is a plain line
    if (peaks && drawn === recording) show({ peaks });
  };

  for (const one of recordings) {
    one.addEventListener("change", () => {
      recording = one;
      failures = 0;
      place = 0;
      part("download")?.setAttribute("href", recording.dataset.download);
      load(recording.dataset.audio);
      tell();
      drawRecording();
    });
  }

  // ---- Speed, volume, keys ----------------------------------------------------------------------------------------

  const setSpeed = (wanted) => {
    const known = [...speed.options].map((option) => option.value);
    speed.value = known.includes(String(wanted)) ? wanted : "1";
    // The element forgets its speed with its address, but not the one that it starts with.
    audio.defaultPlaybackRate = audio.playbackRate = Number(speed.value);
    kept.set("speed", speed.value);
  };
  const step = (by) => {
    const wanted = speed.options[speed.selectedIndex + by];
    if (wanted) setSpeed(wanted.value);
  };
  speed.addEventListener("change", () => setSpeed(speed.value));
  const setVolume = (wanted) => {
    volume.value = audio.volume = Math.min(Math.max(Number(wanted), 0), 1);
    kept.set("volume", volume.value);
  };
  volume.addEventListener("input", () => setVolume(volume.value));

  playButton.addEventListener("click", toggle);
  for (const button of player.querySelectorAll("[data-skip]")) {
    button.addEventListener("click", () => seek(place + Number(button.dataset.skip)));
  }
  const PRESSED_BY_SPACE = "button:not([data-seconds]), summary, input, [role=button], [role=tab], [role=menuitem]";
  tetherKeys({
    " ": (event) => (event.target.closest?.(PRESSED_BY_SPACE) ? false : toggle()),
    k: toggle,
    j: () => seek(place - 10),
    l: () => seek(place + 10),
    "<": () => step(-1),
    ">": () => step(1),
  });

  // ---- As the page opens ------------------------------------------------------------------------------------------

  // `75`, `75.5`, or `1:15`.
  const secondsIn = (text) => {
    if (!/^\d{1,6}(\.\d+)?$|^(\d{1,3}:)?\d{1,3}:\d{1,2}$/.test(text ?? "")) return null;
    return text.split(":").reduce((sum, one) => sum * 60 + Number(one), 0);
  };

  audio.controls = false;
  part("deck").hidden = false;
  setSpeed(kept.get("speed"));
  setVolume(kept.get("volume") ?? 1);
  tell();
  drawRecording();
  audio.addEventListener("durationchange", () => show({ lanes: lanes(lengthOf()) }));
  const asked = secondsIn(new URLSearchParams(location.search).get("t"));
  if (asked !== null) {
    seek(asked);
    play();
  }
})();
