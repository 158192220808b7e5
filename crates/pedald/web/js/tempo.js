// Tempo: shown, tapped, typed; where it comes from. The tuner is beside it.

import { attribute, h, icon, text, unique } from "./dom.js";
import { act } from "./link.js";
import { store } from "./store.js";
import { openTuner } from "./tuner.js";

/** @returns {{ element: HTMLElement, end: () => void }} */
export function tempoPart() {
  const id = unique("bpm");
  const field = h("input.bpm", { id, type: "number", min: 20, max: 280, step: 0.1, inputmode: "decimal",
    onchange: () => { const bpm = +field.value; if (bpm >= 20) act({ set_tempo: Math.min(280, bpm) }); } });
  const tap = h("button.tap", { type: "button", onpointerdown: tapped, onkeydown: (/** @type {KeyboardEvent} */ event) => { if (!event.repeat && (event.key === " " || event.key === "Enter")) { event.preventDefault(); tapped(); } } }, "Tap");
  const rolling = h("button.small-button", { type: "button", onclick: () => act({ set_rolling: !store.board.tempo.rolling }) }, "Run");
  const sync = h("select", { "aria-label": "Where the tempo comes from", onchange: () => act({ set_sync: sync.value }) },
    h("option", { value: "internal" }, "This board"), h("option", { value: "midi_clock" }, "MIDI clock"));
  const element = h("section.tempo", { "aria-label": "Tempo" }, tap, h("div.tempo-value", null, field, h("label", { for: id }, "BPM")), h("div.tempo-more", null, rolling, h("button.small-button", { type: "button", onclick: openTuner }, icon("tuner"), "Tuner"), sync));
  /** @type {number[]} */ let taps = [];
  function tapped() {
    const now = performance.now();
    if (taps.length && now - taps[taps.length - 1] > 2500) taps = [];
    taps.push(now);
    taps = taps.slice(-6);
    tap.animate?.([{ opacity: 0.6 }, { opacity: 1 }], 160);
    if (taps.length < 2) return;
    const bpm = 60_000 * (taps.length - 1) / (taps[taps.length - 1] - taps[0]);
    if (bpm >= 20 && bpm <= 280) act({ set_tempo: Math.round(bpm * 10) / 10 });
  }
  const draw = () => {
    const state = store.state;
    if (!state) return;
    if (document.activeElement !== field) field.value = String(Math.round(state.board.tempo.bpm * 10) / 10);
    attribute(rolling, "aria-pressed", String(state.board.tempo.rolling));
    sync.value = state.sync;
    sync.disabled = !store.mayEdit;
    text(rolling, state.board.tempo.rolling ? "Running" : "Stopped");
  };
  draw();
  return { element, end: store.on("tempo board meta", draw) };
}
