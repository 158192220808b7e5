// Assignment: touch a control, then move the pedal. Or choose by hand: footswitch, MIDI, tempo; with the ends of the way,
// its curve, and what a switch does.

import { h, svg, unique } from "./dom.js";
import { bindingText, share, shown, valueAt } from "./format.js";
import { act, ask } from "./link.js";
import * as model from "./model.js";
import { sheet, toast } from "./sheet.js";
import { store } from "./store.js";

/** @typedef {import("./types").Control} Control */

/** How many of a note fit into a whole one. @type {[string, number][]} */
const DIVISIONS = [["whole", 1], ["half, dotted", 1.333], ["half", 2], ["half triplet", 3], ["quarter, dotted", 2.667], ["quarter", 4], ["quarter triplet", 6], ["eighth, dotted", 5.333], ["eighth", 8], ["eighth triplet", 12], ["sixteenth, dotted", 10.667], ["sixteenth", 16]];

/** Units that the session can follow the tempo in. */
const TIMES = /^(s|sec|secs|seconds|ms|msec|min|hz|bpm)$/i;

/** Curves: name, words, and where a pedal at x leads. @type {[string, string, (x: number) => number][]} */
const BENDS = [["straight", "Straight", x => x], ["slow", "Gentle at the heel", x => x * x], ["fast", "Gentle at the toe", x => x * (2 - x)], ["middle", "Gentle at both ends", x => x * x * (3 - 2 * x)]];

/** @type {[string, string][]} */
const PRESSES = [["follow", "As the switch says"], ["hold", "On while it is held"], ["turn", "Each press turns it over"]];

/** What drives a control, for its badge. @param {NonNullable<ReturnType<typeof model.driver>>} driven */
export function badgeText(driven) {
  if (driven.binding) return driven.binding.controller === 131 ? "bend" : `CC ${driven.binding.controller}`;
  if (driven.actuator === "/bpm") return "tempo";
  return "assigned";
}

/** Opens the assignment of a control. @param {string} instance @param {Control} control */
export function assign(instance, control) {
  const port = { instance, symbol: control.symbol };
  const driver = () => model.driver(store.board, instance, control.symbol);
  const driven = driver();
  const onOff = control.symbol === ":bypass" || control.kind === "toggle";
  const formed = model.shape(store.board, instance, control.symbol);
  let low = driven?.binding?.min ?? driven?.addressing?.minimum ?? control.min;
  let high = driven?.binding?.max ?? driven?.addressing?.maximum ?? control.max;
  const [min, max] = [range("At the heel or off", low, value => { low = value; }), range("At the toe or on", high, value => { high = value; })];
  const state = h("p.assign-state", { role: "status" }, driven ? describe(driven) : "Nothing drives it yet.");
  /** What drove it when the button was touched, while we wait. @type {string | null} */ let before = null;
  const learn = h("button.primary.big", { type: "button", onclick: async () => {
    before = JSON.stringify(driver());
    learn.classList.add("waiting");
    learn.textContent = "Move it now …";
    if (await act({ learn: { ports: [[port, low, high]] } }) === undefined) rest();
  } }, "Touch the pedal");
  const channel = number("Channel", 1, 16, (driven?.binding?.channel ?? 0) + 1);
  const controller = number("Controller", 0, 127, Math.min(127, driven?.binding?.controller ?? 64));
  const division = choice("Note", DIVISIONS.map(([name, value]) => [String(value), name]), String(nearest(driven?.addressing?.dividers ?? 4)[1]));
  const form = () => ask({ shape: { port, shape: { bend: bend.value(), press: press.value() } } }).then(preview, error => toast(error.message, "error"));
  const bend = choice("Curve", BENDS.map(([name, words]) => [name, words]), formed.bend, form);
  const press = choice("A switch", PRESSES, formed.press, form);
  const line = svg("path", { class: "curve-line" }), drawing = svg("svg", { viewBox: "-2 -2 68 44", class: "curve", "aria-hidden": "true" }, line);
  const bind = async (/** @type {any} */ intent, /** @type {string} */ text) => {
    if (await act(intent) === undefined) return;
    box.close();
    toast(text, "info", { text: "Undo", act: () => act("undo") });
  };
  const follow = () => bind({ address: { actuator: "/bpm", addressing: {
    port, label: control.name, minimum: Math.min(low, high), maximum: Math.max(low, high), steps: 33, tempo: true, dividers: +division.value(), momentary: false, rest: {} } } },
  `${control.name} follows the tempo`);
  preview();
  const box = sheet(`Assign ${control.symbol === ":bypass" ? "on / off" : control.name}`, [
    state, learn,
    h("p.quiet", null, "Then move the expression pedal, turn the knob, press the footswitch or send a MIDI controller. The first that moves drives this control."),
    onOff ? h("fieldset", null, h("legend", null, "Switch"), press.element,
      h("p.quiet", null, "The pedal's own footswitches go on with one press and off with the next by themselves. \u201cEach press turns it over\u201d is for a MIDI switch that falls back."))
      : h("fieldset", null, h("legend", null, "Range and curve"), min, max,
        h("div.row", null, h("button", { type: "button", onclick: () => { [low, high] = [high, low]; refill(); keep(); } }, "Turn the direction round")),
        h("div.row", null, bend.element, drawing)),
    switches(bind, port, () => [low, high]),
    h("fieldset", null, h("legend", null, "MIDI by hand"), h("div.row", null, channel.element, controller.element,
      h("button", { type: "button", onclick: () => bind({ bind: { port, binding: {
        channel: channel.value() - 1, controller: controller.value(), min: low, max: high } } }, `CC ${controller.value()} drives ${control.name}`) }, "Assign"))),
    TIMES.test(control.unit) ? h("fieldset", null, h("legend", null, "Follow the tempo"),
      h("div.row", null, division.element, h("button", { type: "button", onclick: follow }, "Follow"))) : null,
    driven ? h("div.row", null, h("button.danger", { type: "button", onclick: () => bind({ unaddress: { port } }, `${control.name} is free`) }, "Free it")) : null,
  ], { onclose: () => { end(); if (store.state?.learning.length) ask("end_learning").catch(() => {}); } });
  const end = store.on("bindings", changed => {
    const found = driver();
    state.textContent = found ? describe(found) : "Nothing drives it yet.";
    if (before === null || store.state?.learning.length) return;
    // The end of the waiting and what was found come one after the other, within one frame or in two.
    if (found && JSON.stringify(found) !== before) {
      before = null;
      toast(`${found.binding ? bindingText(found.binding) : "The pedal"} drives ${control.name}`);
      box.close();
    } else if (changed.has("learnt")) rest();
  });
  function rest() {
    learn.classList.remove("waiting");
    learn.textContent = "Touch the pedal";
  }
  function preview() {
    const at = BENDS.find(([name]) => name === bend.value())?.[2] ?? (x => x);
    line.setAttribute("d", Array.from({ length: 17 }, (_, step) => `${step ? "L" : "M"}${step * 4} ${(40 - at(step / 16) * 40).toFixed(1)}`).join(""));
  }
  function refill() {
    for (const [element, value] of /** @type {[any, number][]} */ ([[min, low], [max, high]])) {
      element.querySelector("input").value = share(control, value);
      element.querySelector("output").textContent = shown(control, value);
    }
  }
  /** Gives what drives it already the ends that are shown. */
  function keep() {
    const now = driver();
    if (now?.binding) act({ bind: { port, binding: { ...now.binding, min: low, max: high } } });
  }
  /** @param {string} label @param {number} value @param {(value: number) => void} set */
  function range(label, value, set) {
    const id = unique("range");
    const output = h("output", { for: id }, shown(control, value));
    return h("div.range", null, h("label", { for: id }, label), h("input", { id, type: "range", min: 0, max: 1, step: "any", value: share(control, value), onchange: keep,
      oninput: (/** @type {any} */ event) => { const to = valueAt(control, +event.target.value); set(to); output.textContent = shown(control, to); } }), output);
  }
}

/** The division nearest to a number. @param {number} wanted */
const nearest = wanted => DIVISIONS.reduce((best, one) => Math.abs(one[1] - wanted) < Math.abs(best[1] - wanted) ? one : best);

/** The pedal's own switches, where there are some. @param {(intent: any, text: string) => void} bind @param {any} port @param {() => [number, number]} ends */
function switches(bind, port, ends) {
  const list = (store.panel?.footswitches ?? []).flatMap((one, at) => one.midi ? [{ ...one.midi, label: one.label, at }] : []);
  if (!list.length) return null;
  return h("fieldset", null, h("legend", null, "Footswitch"), h("div.row", null, list.map(({ channel, controller, label, at }) => h("button", { type: "button", "aria-label": `Footswitch ${at + 1}${label ? `, now ${label}` : ""}`, onclick: () => {
    const [min, max] = ends();
    bind({ bind: { port, binding: { channel, controller, min, max } } }, `Footswitch ${at + 1} drives it`);
  } }, `${at + 1}`))));
}

/** @param {NonNullable<ReturnType<typeof model.driver>>} driven */
function describe(driven) {
  if (driven.binding) {
    const { channel, controller } = driven.binding;
    const foot = (store.panel?.footswitches ?? []).findIndex(one => one.midi?.channel === channel && one.midi?.controller === controller);
    return `Driven by ${foot >= 0 ? `footswitch ${foot + 1} (${bindingText(driven.binding)})` : bindingText(driven.binding)}.`;
  }
  if (driven.actuator === "/bpm") return `Follows the tempo: ${driven.addressing?.dividers ? nearest(driven.addressing.dividers)[0] : "a part of the beat"}.`;
  return `Driven by ${driven.actuator}.`;
}

/** @param {string} label @param {[string, string][]} list @param {string} value @param {() => void} [onchange] */
function choice(label, list, value, onchange) {
  const id = unique("choice");
  const select = h("select", { id, onchange }, list.map(([name, words]) => h("option", { value: name, selected: name === value }, words)));
  return { element: h("span.field", null, h("label", { for: id }, label), select), value: () => select.value };
}

/** @param {string} label @param {number} min @param {number} max @param {number} value */
function number(label, min, max, value) {
  const id = unique("number");
  const input = h("input", { id, type: "number", min, max, value, inputmode: "numeric" });
  return { element: h("span.field", null, h("label", { for: id }, label), input), value: () => Math.min(max, Math.max(min, Math.round(+input.value || 0))) };
}
