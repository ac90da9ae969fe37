// The transcript of a call: found in, copied, printed, and linked to by the second.
(() => {
  "use strict";

  const talk = document.querySelector("[data-talk]");
  const dialogue = talk?.querySelector("[data-dialogue]");
  if (!dialogue) return;

  const part = (name) => talk.querySelector(`[data-${name}]`);
  const says = part("says");
  let silence = 0;
  const say = (text) => {
    clearTimeout(silence);
    says.textContent = text;
    silence = setTimeout(() => { says.textContent = ""; }, 4000);
  };

  // ---- Copies -----------------------------------------------------------------------------------------------------

  const copy = async (text, done) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where the page did not come over https, nor from this machine.
      const box = document.createElement("textarea");
      box.value = text;
      box.className = "tether-copied";
      document.body.append(box);
      box.select();
      const isCopied = document.execCommand("copy");
      box.remove();
      if (!isCopied) { say("Your browser does not let the page copy."); return; }
    }
    say(done);
  };

  dialogue.addEventListener("click", (event) => {
    const link = event.target.closest("[data-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const address = new URL(link.getAttribute("href"), location.origin + location.pathname);
    copy(address.href, `Copied a link to ${link.previousElementSibling.querySelector("time").textContent}.`);
  });

  const tools = part("tools");
  if (!tools) return;
  tools.hidden = false;
  const words = [...dialogue.querySelectorAll(".tether-words")];

  part("copy-transcript").addEventListener("click", () => {
    const lines = words.map((spoken) => {
      const turn = spoken.closest(".tether-bubble");
      const [time, speaker] = ["time", ".tether-speaker"].map((name) => turn.querySelector(name)?.textContent ?? "");
      return `${time} ${speaker}: ${spoken.textContent}`.trim();
    });
    copy(lines.join("\n"), "Copied the transcript.");
  });
  part("print").addEventListener("click", () => window.print());

  // ---- Find -------------------------------------------------------------------------------------------------------

  const box = part("find");
  const found = part("found");
  const buttons = [...tools.querySelectorAll("[data-find-step]")];
  // The name under which styles find the places; elements of their own would change what is copied and read aloud.
  const canMark = "highlights" in CSS;
  let places = [];
  let at = -1;

  // As many letters as before, so that places stay the same: without case and accents.
  const plain = (text) => Array.from(text, (letter) => {
    const bare = letter.normalize("NFD")[0].toLowerCase();
    return bare.length === letter.length ? bare : letter;
  }).join("");

  const look = (text) => {
    places = [];
    const wanted = plain(text.trim());
    for (const spoken of wanted ? words : []) {
      const node = spoken.firstChild;
      const said = plain(node?.data ?? "");
      for (let from = said.indexOf(wanted); from >= 0; from = said.indexOf(wanted, from + wanted.length)) {
        const range = new Range();
        range.setStart(node, from);
        range.setEnd(node, from + wanted.length);
        places.push(range);
      }
    }
  };
  const mark = () => {
    found.textContent = !box.value.trim() ? "" : places.length ? `${at + 1} of ${places.length}` : "Not said";
    for (const button of buttons) button.disabled = !places.length;
    if (canMark) {
      CSS.highlights.set("tether-found", new Highlight(...places));
      CSS.highlights.set("tether-found-now", new Highlight(...places.slice(at, at + 1)));
    }
    if (at < 0) return;
    const [frame, place] = [dialogue, places[at]].map((one) => one.getBoundingClientRect());
    if (place.top < frame.top || place.bottom > frame.bottom) dialogue.scrollTop += place.top - frame.top - frame.height / 3;
  };
  const find = (text) => {
    look(text);
    at = places.length ? 0 : -1;
    mark();
  };
  const go = (step) => {
    if (!places.length) return;
    at = (at + step + places.length) % places.length;
    mark();
  };
  // The turn in which the place is, where it can be played.
  const turnFound = () => places[at]?.startContainer.parentElement.closest("button[data-seconds]");
  box.addEventListener("input", () => find(box.value));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      turnFound()?.click();
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      box.value = "";
      find("");
      box.blur();
    }
  });
  for (const button of buttons) button.addEventListener("click", () => go(Number(button.dataset.findStep)));
  tetherKeys({ "/": () => box.select() });

  // From a list in which something was looked for: the same is found here, the phrase or one of its words.
  const list = new URLSearchParams(new URLSearchParams(location.search).get("_changelist_filters") ?? "");
  const search = (list.get("q") ?? "").replaceAll('"', " ").trim();
  const tries = [search, ...search.split(/\s+/).filter((word) => word.length > 2 && !/^-|^OR$/.test(word))];
  for (const text of search ? tries : []) {
    look(text);
    if (places.length) {
      box.value = text;
      find(text);
      // The player is put there, and waits: unless the address names another second.
      if (!new URLSearchParams(location.search).has("t")) turnFound()?.dispatchEvent(new Event("tether:place", { bubbles: true }));
      break;
    }
  }
})();
