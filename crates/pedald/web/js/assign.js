// Assignment: touch a control, then move the pedal. Or choose by hand: MIDI, tempo; with the ends of the way.

import { h, unique } from "./dom.js";
import { bindingText, share, shown, valueAt } from "./format.js";
import { act, ask } from "./link.js";
import * as model from "./model.js";
import { sheet, toast } from "./sheet.js";
import { store } from "./store.js";

/** @typedef {import("./types").Control} Control */

/** Divisions of the beat. @type {[string, number][]} */
const DIVISIONS = [["whole", 0.25], ["half", 0.5], ["half, dotted", 0.333], ["quarter", 1], ["quarter, dotted", 0.667], ["quarter triplet", 1.5], ["eighth", 2], ["eighth, dotted", 1.333], ["eighth triplet", 3], ["sixteenth", 4]];

/** What drives a control, for its badge. @param {NonNullable<ReturnType<typeof model.driver>>} driven */
export function badgeText(driven) {
  if (driven.binding) return driven.binding.controller === 131 ? "bend" : `CC ${driven.binding.controller}`;
  if (driven.actuator === "/bpm") return "tempo";
  return "assigned";
}

/** Opens the assignment of a control. @param {string} instance @param {Control} control */
export function assign(instance, control) {
  const port = { instance, symbol: control.symbol };
  const driven = model.driver(store.board, instance, control.symbol);
  const bypass = control.symbol === ":bypass";
  let low = driven?.binding?.min ?? driven?.addressing?.minimum ?? control.min;
  let high = driven?.binding?.max ?? driven?.addressing?.maximum ?? control.max;
  const [min, max] = [range("At the heel or off", low, value => { low = value; }), range("At the toe or on", high, value => { high = value; })];
  const state = h("p.assign-state", { role: "status" }, driven ? describe(driven) : "Nothing drives it yet.");
  let learning = false;
  const learn = h("button.primary.big", { type: "button", onclick: async () => {
    waiting();
    if (await act({ learn: { ports: [[port, low, high]] } }) === undefined) rest();
  } }, "Touch the pedal");
  const channel = number("Channel", 1, 16, (driven?.binding?.channel ?? 0) + 1);
  const controller = number("Controller", 0, 127, Math.min(127, driven?.binding?.controller ?? 64));
  const division = h("select", { id: unique("division") }, DIVISIONS.map(([name, value]) => h("option", { value }, name)));
  const now = driven?.addressing?.dividers;
  division.value = String(DIVISIONS.find(([, value]) => now != null && Math.abs(value - now) < 0.01)?.[1] ?? 1);
  const bind = async (/** @type {any} */ intent, /** @type {string} */ text) => {
    if (await act(intent) === undefined) return;
    box.close();
    toast(text, "info", { text: "Undo", act: () => act("undo") });
  };
  const box = sheet(`Assign ${bypass ? "on / off" : control.name}`, [
    state, learn,
    h("p.quiet", null, "Then move the expression pedal, turn the knob, press the footswitch or send a MIDI controller. The first that moves drives this control."),
    bypass || control.kind === "toggle" ? null : h("fieldset", null, h("legend", null, "Range"), min, max,
      h("div.row", null, h("button", { type: "button", onclick: () => { [low, high] = [high, low]; refill(); } }, "Turn the direction round"))),
    switches(bind, port, () => [low, high]),
    h("fieldset", null, h("legend", null, "MIDI by hand"), h("div.row", null, channel.element, controller.element,
      h("button", { type: "button", onclick: () => bind({ bind: { port, binding: {
        channel: channel.value() - 1, controller: controller.value(), min: low, max: high } } }, `CC ${controller.value()} drives ${control.name}`) }, "Assign"))),
    control.tap_tempo || /ms|s|Hz|BPM/i.test(control.unit) && !bypass ? h("fieldset", null, h("legend", null, "Follow the tempo"),
      h("div.row", null, h("label", { for: division.id }, "Division"), division,
        h("button", { type: "button", onclick: () => bind({ address: { actuator: "/bpm", addressing: {
          port, label: control.name, minimum: low, maximum: high, steps: 33, tempo: true, dividers: +division.value, momentary: false, rest: {} } } },
        `${control.name} follows the tempo`) }, "Follow"))) : null,
    driven ? h("button.danger", { type: "button", onclick: () => bind({ unaddress: { port } }, `${control.name} is free`) }, "Free it") : null,
  ], { onclose: () => { end(); if (store.state?.learning.length) ask("end_learning").catch(() => {}); } });
  const end = store.on("bindings", () => {
    const found = model.driver(store.board, instance, control.symbol);
    if (store.state?.learning.length) learning = true;
    else if (learning) {
      learning = false;
      rest();
      if (found) { toast(`${bindingText(/** @type {any} */ (found.binding ?? { controller: 0, channel: 0 }))} drives ${control.name}`); box.close(); }
    }
    state.textContent = found ? describe(found) : "Nothing drives it yet.";
  });
  function rest() {
    learn.classList.remove("waiting");
    learn.textContent = "Touch the pedal";
  }
  function waiting() {
    learn.classList.add("waiting");
    learn.textContent = "Move it now …";
  }
  function refill() {
    for (const [element, value] of /** @type {[any, number][]} */ ([[min, low], [max, high]])) {
      element.querySelector("input").value = share(control, value);
      element.querySelector("output").textContent = shown(control, value);
    }
  }
  /** @param {string} label @param {number} value @param {(value: number) => void} set */
  function range(label, value, set) {
    const id = unique("range");
    const output = h("output", { for: id }, shown(control, value));
    return h("div.range", null, h("label", { for: id }, label), h("input", { id, type: "range", min: 0, max: 1, step: "any", value: share(control, value),
      oninput: (/** @type {any} */ event) => { const to = valueAt(control, +event.target.value); set(to); output.textContent = shown(control, to); } }), output);
  }
}

/** The pedal's own switches, where there are some. @param {(intent: any, text: string) => void} bind @param {any} port @param {() => [number, number]} ends */
function switches(bind, port, ends) {
  const list = (store.panel?.footswitches ?? []).map((one, at) => ({ ...one, at })).filter(one => /** @type {any} */ (one).midi);
  if (!list.length) return null;
  return h("fieldset", null, h("legend", null, "Footswitch"), h("div.row", null, list.map(one => {
    const { channel, controller } = /** @type {any} */ (one).midi;
    const [min, max] = ends();
    return h("button", { type: "button", onclick: () => bind({ bind: { port, binding: { channel, controller, min, max } } }, `Footswitch ${one.at + 1} drives it`) }, `${one.at + 1}`);
  })));
}

/** @param {NonNullable<ReturnType<typeof model.driver>>} driven */
function describe(driven) {
  if (driven.binding) return `Driven by ${bindingText(driven.binding)}.`;
  if (driven.actuator === "/bpm") return `Follows the tempo: ${DIVISIONS.find(([, value]) => Math.abs(value - (driven.addressing?.dividers ?? 1)) < 0.01)?.[0] ?? "a division of the beat"}.`;
  return `Driven by ${driven.actuator}.`;
}

/** @param {string} label @param {number} min @param {number} max @param {number} value */
function number(label, min, max, value) {
  const id = unique("number");
  const input = h("input", { id, type: "number", min, max, value, inputmode: "numeric" });
  return { element: h("span.field", null, h("label", { for: id }, label), input), value: () => Math.min(max, Math.max(min, Math.round(+input.value || 0))) };
}
