// The bars of the start page: Chart.js, as unfold ships it, in the colours of the style sheet, light and dark.
"use strict";

(() => {
  const canvas = document.querySelector("[data-bars]");
  const data = document.getElementById("desk-bars");
  if (!canvas || !data || !window.Chart) return;
  const { labels, addresses, outcomes } = JSON.parse(data.textContent);
  const shown = outcomes.filter((outcome) => outcome.counts.some(Boolean));
  const style = (name) => getComputedStyle(canvas).getPropertyValue(name).trim();
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const legend = document.querySelector("[data-legend]");
  for (const { key, label } of shown) {
    const item = document.createElement("li");
    item.className = `desk-outcome-${key}`;
    item.textContent = label;
    legend.append(item);
  }

  // With a colour from the beginning: else Chart.js gives them its own.
  function bars({ key, label, counts }) {
    return { label, data: counts, maxBarThickness: 34, borderRadius: 2, backgroundColor: style(`--desk-${key}`) };
  }

  const chart = new window.Chart(canvas.getContext("2d"), {
    type: "bar",
    data: { labels, datasets: shown.map(bars) },
    options: {
      animation: isCalm ? false : { duration: 300 },
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      onClick: (_event, _elements, { tooltip }) => {
        const place = tooltip?.dataPoints?.[0]?.dataIndex;
        if (place !== undefined) location.assign(addresses[place]);
      },
      onHover: ({ native }, elements) => (native.target.style.cursor = elements.length ? "pointer" : "default"),
      plugins: {
        legend: { display: false },
        tooltip: { filter: ({ raw }) => raw > 0, itemSort: (a, b) => b.datasetIndex - a.datasetIndex, padding: 10 },
      },
      scales: {
        x: { stacked: true, grid: { display: false }, border: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
        y: { stacked: true, beginAtZero: true, border: { display: false }, ticks: { precision: 0, maxTicksLimit: 5 } },
      },
    },
  });

  function paint() {
    window.Chart.defaults.font.family = style("font-family");
    chart.data.datasets.forEach((set, place) => {
      set.backgroundColor = style(`--desk-${shown[place].key}`);
    });
    for (const axis of ["x", "y"]) chart.options.scales[axis].ticks.color = style("--tether-faint");
    chart.options.scales.y.grid = { color: style("--tether-line") };
    const tooltip = chart.options.plugins.tooltip;
    tooltip.backgroundColor = style("--desk-tooltip");
    tooltip.titleColor = tooltip.bodyColor = style("--desk-tooltip-text");
    chart.update("none");
  }

  paint();
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
})();
