// Controls of a plugin: a dial, a switch, a choice, a push. Each is a slider, switch or list to keyboard and screen reader.

import { attribute, h, svg, text } from "./dom.js";
import { keyStep, nearest, share, shown, valueAt } from "./format.js";
import { turn } from "./link.js";
import { store } from "./store.js";

/** @typedef {import("./types").Control} Control */

const ARC = "M 14.1 49.9 A 26 26 0 1 1 49.9 49.9";
const LENGTH = 122.5;

/**
 * @param {string} instance @param {Control} control @param {() => number} value
 * @param {(anchor: HTMLElement) => void} assign opens the assignment
 * @returns {{ element: HTMLElement, update: () => void, badge: (what: string) => void }}
 */
export function control(instance, control, value, assign) {
  const port = { instance, symbol: control.symbol };
  const set = (/** @type {number} */ to) => turn(port, Math.min(control.max, Math.max(control.min, to)));
  const name = h("span.control-name", null, control.name);
  const badge = h("span.badge", { hidden: true });
  const made = control.kind === "toggle" ? toggle(control, value, set)
    : control.kind === "enumeration" && control.scale_points.length ? choice(control, value, set)
    : control.kind === "trigger" ? trigger(control, set)
    : dial(control, port, value, set);
  const tools = h("button.assign", { type: "button", "aria-label": `Assign ${control.name}`, title: "Assign", onclick: (/** @type {any} */ event) => assign(event.currentTarget) }, "•••");
  const element = h(`div.control.${control.kind}`, { data: { symbol: control.symbol } }, made.element, name, badge, tools);
  const update = () => {
    made.update();
    const learning = store.state?.learning.some(one => one.instance === instance && one.symbol === control.symbol);
    element.classList.toggle("learning", !!learning);
  };
  return { element, update, badge: (/** @type {string} */ what) => { badge.hidden = !what; text(badge, what); } };
}

/** @param {Control} control @param {import("./types").Port} port @param {() => number} value @param {(to: number) => void} set */
function dial(control, port, value, set) {
  const track = svg("path", { d: ARC, class: "track" });
  const fill = svg("path", { d: ARC, class: "fill", "stroke-dasharray": `0 ${LENGTH}` });
  const hand = svg("line", { x1: 32, y1: 18, x2: 32, y2: 10, class: "hand" });
  const output = h("output.value", { "aria-hidden": "true" });
  const knob = h("div.knob", {
    role: "slider", tabindex: 0, "aria-label": control.name, "aria-valuemin": control.min, "aria-valuemax": control.max,
  }, svg("svg", { viewBox: "0 0 64 60", "aria-hidden": "true" }, track, fill, svg("circle", { cx: 32, cy: 32, r: 20, class: "cap" }), hand));
  const key = `${port.instance}/${port.symbol}`;
  let from = 0, at = 0, start = 0, dragged = false, tapped = 0;
  /** @type {Map<number, PointerEvent>} */ const fingers = new Map();
  knob.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button > 0) return;
    fingers.set(event.pointerId, event);
    knob.setPointerCapture(event.pointerId);
    if (fingers.size > 1) return;
    [from, start, dragged] = [event.clientY - event.clientX, share(control, value()), false];
    at = start;
    store.held.add(key);
    knob.classList.add("held");
  });
  knob.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (!fingers.has(event.pointerId) || [...fingers.keys()][0] !== event.pointerId) return;
    const now = event.clientY - event.clientX;
    if (!dragged && Math.abs(now - from) < 4) return;
    if (!dragged) { dragged = true; from = now; }
    // Shift, or a second finger: ten times finer.
    const way = event.shiftKey || fingers.size > 1 ? 2000 : 200;
    at = Math.min(1, Math.max(0, at + (from - now) / way));
    from = now;
    set(valueAt(control, at));
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (!fingers.delete(event.pointerId) || fingers.size) return;
    knob.classList.remove("held");
    setTimeout(() => store.held.delete(key), 300);
    if (!dragged && event.type === "pointerup") {
      if (event.timeStamp - tapped < 350) set(control.default);
      tapped = event.timeStamp;
    }
  };
  knob.addEventListener("pointerup", end);
  knob.addEventListener("pointercancel", end);
  knob.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    if (document.activeElement !== knob) return;
    event.preventDefault();
    set(valueAt(control, share(control, value()) - Math.sign(event.deltaY) * (event.shiftKey ? 0.002 : keyStep(control))));
  }, { passive: false });
  knob.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const step = keyStep(control) * (event.shiftKey && control.kind !== "integer" ? 0.1 : 1);
    const moves = { ArrowUp: step, ArrowRight: step, ArrowDown: -step, ArrowLeft: -step, PageUp: 0.1, PageDown: -0.1 };
    const now = share(control, value());
    const to = event.key in moves ? now + /** @type {any} */ (moves)[event.key]
      : event.key === "Home" ? 0 : event.key === "End" ? 1 : event.key === "Backspace" ? share(control, control.default) : null;
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    set(valueAt(control, to));
  });
  const update = () => {
    const now = value(), where = share(control, now), said = shown(control, now);
    const centre = control.min < 0 && control.max > 0 && control.kind !== "logarithmic" ? share(control, 0) : 0;
    const [low, high] = [Math.min(centre, where), Math.max(centre, where)];
    fill.setAttribute("stroke-dasharray", `0 ${(low * LENGTH).toFixed(1)} ${((high - low) * LENGTH).toFixed(1)} ${LENGTH}`);
    hand.setAttribute("transform", `rotate(${(where * 270 - 135).toFixed(1)} 32 32)`);
    attribute(knob, "aria-valuenow", +now.toFixed(4));
    attribute(knob, "aria-valuetext", said);
    text(output, said);
  };
  return { element: h("div.dial", null, knob, output), update };
}

/** @param {Control} control @param {() => number} value @param {(to: number) => void} set */
function toggle(control, value, set) {
  const on = () => value() > (control.min + control.max) / 2;
  const button = h("button.switch", {
    type: "button", role: "switch", "aria-label": control.name, onclick: () => set(on() ? control.min : control.max),
  }, h("span.thumb"));
  return { element: h("div.dial", null, button), update: () => attribute(button, "aria-checked", String(on())) };
}

/** @param {Control} control @param {() => number} value @param {(to: number) => void} set */
function choice(control, value, set) {
  const select = h("select", { "aria-label": control.name, onchange: () => set(control.scale_points[select.selectedIndex][1]) },
    control.scale_points.map(([name], at) => h("option", { value: at }, name)));
  const update = () => {
    const point = nearest(control, value());
    const at = point ? control.scale_points.indexOf(point) : -1;
    if (select.selectedIndex !== at) select.selectedIndex = at;
  };
  return { element: h("div.dial", null, select), update };
}

/** @param {Control} control @param {(to: number) => void} set */
function trigger(control, set) {
  return { element: h("div.dial", null, h("button.push", { type: "button", "aria-label": control.name, onclick: () => set(control.max) }, "Push")), update: () => {} };
}
