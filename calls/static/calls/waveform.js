// Draws a recording: how loud it is at each moment, who speaks, and how far it has played.
(() => {
  "use strict";

  // What the service keeps of each tenth of a second: the loudest sample, and the root of the mean square.
  const PER_SECOND = 10;
  const BYTES = 2;
  const BAR = 2;
  const GAP = 1;
  const LANE = 5;
  const LANE_GAP = 3;

  window.tetherWaveform = (canvas) => {
    const state = { peaks: null, loudest: 1, lanes: [], time: 0, length: 0, pointed: null };
    let frame = 0;

    // Ears hear quiet speech well, which a straight scale would hardly draw.
    const softer = (share) => share ** 0.7;
    // One value a bar: the loudest of its tenths, and their mean.
    const level = (from, to) => {
      const { peaks, loudest } = state;
      const first = Math.floor(from * PER_SECOND);
      const last = Math.max(Math.ceil(to * PER_SECOND), first + 1);
      let peak = 0;
      let sum = 0;
      for (let tenth = first; tenth < last; tenth += 1) {
        peak = Math.max(peak, peaks[tenth * BYTES] ?? 0);
        sum += peaks[tenth * BYTES + 1] ?? 0;
      }
      return [softer(peak / loudest), softer(sum / (last - first) / loudest)];
    };

    const draw = () => {
      frame = 0;
      const { width, height } = canvas.getBoundingClientRect();
      if (!width || !height) return;
      const ratio = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      const styles = getComputedStyle(canvas);
      const colour = (name) => styles.getPropertyValue(`--wave-${name}`).trim();
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);

      const length = state.length || 1;
      const played = (state.time / length) * width;
      const lanesHeight = state.lanes.length ? 2 * LANE + 2 * LANE_GAP : 0;
      const room = height - lanesHeight;
      const middle = room / 2;
      const bar = (x, half, name) => {
        pen.fillStyle = colour(name);
        pen.fillRect(x, middle - half, BAR, half * 2);
      };
      for (let x = 0; x < width; x += BAR + GAP) {
        const side = x < played ? "played" : "rest";
        if (!state.peaks) {
          bar(x, 1, side);
          continue;
        }
        const [peak, mean] = level((x / width) * length, ((x + BAR + GAP) / width) * length);
        bar(x, Math.max(peak * (middle - 1), 0.75), `${side}-soft`);
        bar(x, Math.max(mean * (middle - 1), 0.5), side);
      }
      for (const { side, from, to } of state.lanes) {
        const x = (from / length) * width;
        const y = room + LANE_GAP + (side === "agent" ? 0 : LANE + LANE_GAP);
        pen.fillStyle = colour(side);
        pen.fillRect(x, y, Math.max(((to - from) / length) * width - 1, 1), LANE);
      }
      pen.fillStyle = colour("now");
      pen.fillRect(Math.min(Math.max(played - 1, 0), width - 2), 0, 2, height);
      if (state.pointed !== null) {
        pen.globalAlpha = 0.4;
        pen.fillRect((state.pointed / length) * width, 0, 1, height);
        pen.globalAlpha = 1;
      }
    };

    const show = (changes = {}) => {
      Object.assign(state, changes);
      if ("peaks" in changes && changes.peaks) {
        state.loudest = 24; // what is this quiet, or less, is not made to look loud
        for (let at = 0; at < changes.peaks.length; at += BYTES) state.loudest = Math.max(state.loudest, changes.peaks[at]);
      }
      frame ||= requestAnimationFrame(draw);
    };
    new ResizeObserver(() => show()).observe(canvas);
    // Light and dark.
    new MutationObserver(() => show()).observe(document.documentElement, { attributeFilter: ["class"] });
    return show;
  };
})();
