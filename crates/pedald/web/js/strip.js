// The health strip: always there, always of the same height. What it says is looked at while playing.

import { attribute, h, text } from "./dom.js";
import { percent } from "./format.js";
import * as model from "./model.js";
import { spec } from "./api.js";
import { sheet } from "./sheet.js";
import { store } from "./store.js";

/** Percent of the period that the callback may take at p99 before it is called too much. */
export const RED = 85;

/** @param {HTMLElement} place */
export function strip(place) {
  const bar = h("div.budget-fill"), value = h("span.number", null, "–");
  const budget = h("div.budget", { role: "meter", "aria-label": "DSP load, p99", "aria-valuemin": 0, "aria-valuemax": 100 }, bar, h("div.budget-red"));
  const xruns = h("span.number", null, "0"), heat = h("span.number", null, "–"), net = h("span.number", null, "–"), unsaved = h("span.state", null, "");
  const engine = h("span.state.engine", null, "");
  const item = (/** @type {string} */ name, /** @type {any} */ what, /** @type {string} */ cls) => h(`span.health.${cls}`, null, h("span.health-name", null, name), what);
  place.append(h("button.strip-button", { type: "button", onclick: details, "aria-label": "Health of the pedal, in detail" },
    h("span.health.dsp", null, h("span.health-name", null, "DSP"), budget, value),
    item("xruns", xruns, "xruns"), item("temp", heat, "heat"), item("net", net, "net"), engine, unsaved));
  const draw = () => {
    const state = store.state;
    if (!state) return text(engine, "not reached");
    const health = state.health, load = health.load_p99_percent;
    text(value, health.blocks ? percent(load) : "–");
    bar.style.setProperty("--share", String(Math.min(1, load / 100)));
    attribute(budget, "aria-valuenow", load.toFixed(1));
    place.classList.toggle("red", load > RED);
    const blame = state.board.plugins.find(plugin => plugin.instance === health.xrun_blame);
    text(xruns, `${health.xruns_recent[1]}${health.xruns_recent[1] && blame ? ` ${model.title(state.board, blame, spec(blame.uri))}` : ""}`);
    place.classList.toggle("late", health.xruns_recent[0] > 0);
    text(heat, health.temperature == null ? "–" : `${health.temperature.toFixed(0)} °C`);
    place.classList.toggle("no-heat", health.temperature == null);
    place.classList.toggle("hot", health.throttled.length > 0 || (health.temperature ?? 0) > 78);
    text(net, store.network?.mode ?? "–");
    text(engine, !store.online ? "not reached" : state.engine === "Running" ? "" : typeof state.engine === "object" ? "engine down" : "engine starting");
    text(unsaved, state.unsaved ? "unsaved" : "saved");
    place.classList.toggle("unsaved", state.unsaved);
  };
  store.on("health meta board online network", draw);
}

function details() {
  const body = h("div.health-sheet");
  const end = store.on("health board network", draw);
  draw();
  sheet("Health", body, { onclose: end });
  function draw() {
    const state = store.state;
    if (!state) return;
    const { health, board } = state;
    const name = (/** @type {string} */ instance) => { const plugin = board.plugins.find(one => one.instance === instance); return plugin ? model.title(board, plugin, spec(plugin.uri)) : instance; };
    const fact = (/** @type {string} */ what, /** @type {any} */ value) => [h("dt", null, what), h("dd", null, value)];
    const costs = Object.entries(health.plugins).sort(([, a], [, b]) => b.percent - a.percent);
    const most = Math.max(1, ...costs.map(([, cost]) => cost.percent));
    body.replaceChildren(
      typeof state.engine === "object" ? h("p.fault", null, state.engine.Down) : "",
      h("dl.facts", null,
        fact("Callback, p99", `${percent(health.load_p99_percent)} of the period; longest ${percent(health.load_max_percent)}`),
        fact("Period", health.period ? `${health.period} frames at ${health.sample_rate} Hz = ${(health.period / health.sample_rate * 1000).toFixed(2)} ms` : "not known yet"),
        fact("Lost periods", `${health.xruns_recent[0]} in 1 min, ${health.xruns_recent[1]} in 5, ${health.xruns_recent[2]} in 15; ${health.xruns} since the start`),
        fact("Slowest in the last lost one", health.xrun_blame ? name(health.xrun_blame) : "no plugin: the system was late, or nothing was lost"),
        fact("Output limiter", health.limited_blocks ? `turned down in ${health.limited_blocks} blocks` : "not needed"),
        fact("Temperature", health.temperature == null ? "not told by this machine" : `${health.temperature.toFixed(1)} °C`),
        fact("Held back by", health.throttled.join(", ") || "nothing"),
        fact("Memory", health.memory_percent == null ? "not known" : percent(health.memory_percent))),
      h("h3", null, "What each plugin takes"),
      h("ul.costs", { role: "list" }, costs.map(([instance, cost]) => h("li", null, h("span", null, name(instance)),
        h("span.cost-bar", { style: { "--share": cost.percent / most } }), h("span.number", null, `${percent(cost.percent)} · ${cost.p99_us.toFixed(0)} µs`)))));
  }
}
