// Tells that a call was listened to: after ten seconds of sound in all, or half of a shorter recording.
(() => {
  "use strict";

  const ENOUGH = 10;
  const box = document.querySelector("[data-heard]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!box || !token) return;

  const places = new WeakMap(); // where each recording was when it last said so
  let listened = 0;
  let isTold = false;

  const tell = async () => {
    isTold = true;
    const answer = await fetch(box.dataset.heard, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
    if (!answer?.ok) {
      isTold = false;
      listened = 0;
      return;
    }
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-heard]");
    if (told) document.querySelector("[data-heard]")?.replaceWith(told);
  };

  const hear = ({ target, type }) => {
    if (isTold || !(target instanceof HTMLMediaElement)) return;
    const before = places.get(target);
    places.set(target, target.currentTime);
    if (type !== "timeupdate" || before === undefined || target.paused || target.seeking) return;
    // A jump is no listening: the browser says where it is at least every second, however fast it plays.
    const passed = target.currentTime - before;
    if (passed <= 0 || passed > 1.5 * Math.max(1, target.playbackRate)) return;
    listened += passed;
    const half = Number.isFinite(target.duration) ? target.duration / 2 : ENOUGH;
    if (listened >= Math.min(ENOUGH, half)) tell();
  };

  // Media events do not rise: they are caught on their way down.
  for (const name of ["timeupdate", "seeking", "play"]) document.addEventListener(name, hear, true);
})();
