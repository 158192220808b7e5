// Graph: the whole board as a drawing. Plugins come from the shelf by dragging; cables are drawn from port to port.

import { end } from "./apply.js";
import { fetchSpec, spec } from "./api.js";
import { Cables, curve } from "./cables.js";
import { attribute, h, iconButton, keyed, svg, text } from "./dom.js";
import { percent } from "./format.js";
import { act, turn } from "./link.js";
import { minimap } from "./minimap.js";
import * as model from "./model.js";
import { panel, takeOff } from "./panel.js";
import { openShelf, shelf } from "./shelf.js";
import { toast } from "./sheet.js";
import { bypassed, store } from "./store.js";

/** @typedef {import("./types").Plugin} Plugin @typedef {import("./types").Spec} Spec */

const WIDTH = 212, HEAD = 62, PORT = 30;
/** Positions of hardware ports beside the plugins. */
const EDGE = 150;
/** Where the view was when it was left. */
const kept = { x: 60, y: 60, scale: 0 };

/** @param {HTMLElement} view @returns {() => void} */
export function graph(view) {
  const world = h("div.world"), lines = svg("svg", { class: "cables", "aria-hidden": "true" }), draft = svg("path", { class: "cable-draft" });
  const nodes = h("div.nodes"), marquee = h("div.marquee", { hidden: true });
  lines.append(draft);
  world.append(lines, nodes);
  const said = h("p.hidden", { role: "status" });
  const canvas = h("section.canvas", { "aria-label": "Board as a drawing", tabindex: 0 }, world, marquee, said);
  const drawer = h("aside.shelf-drawer", { "aria-label": "Shelf" }), side = h("aside.graph-side", { hidden: true, "aria-label": "Plugin" });
  const tools = h("div.graph-tools", { role: "toolbar", "aria-label": "Drawing" });
  /** Size of the canvas: told by an observer, so that drawing lays nothing out. */
  const room = { width: 0, height: 0 };
  const map = minimap(() => ({
    boxes: [...places()].map(([instance, box]) => ({ ...box, colour: colourOf(instance) })),
    sight: { x: -at.x / at.scale, y: -at.y / at.scale, width: room.width / at.scale, height: room.height / at.scale },
  }), (x, y) => { at.x = canvas.clientWidth / 2 - x * at.scale; at.y = canvas.clientHeight / 2 - y * at.scale; place(); });
  view.className = "graph";
  view.replaceChildren(drawer, canvas, side, tools);
  canvas.append(map.element);

  const at = kept;
  /** @type {Set<string>} */ const chosen = new Set();
  /** @type {import("./cables.js").Cable | null} */ let cable = null;
  /** Places of plugins that are being dragged. @type {Map<string, [number, number]>} */ const moving = new Map();
  /** @type {{ end: () => void } | null} */ let shown = null;
  /** @type {string | null} */ let shownFor = null;
  /** A port from which a cable is begun by keyboard or touch. @type {string | null} */ let begun = null;
  /** @type {Map<string, any>} */ let colours = new Map();

  const colourOf = (/** @type {string} */ instance) => {
    const plugin = store.board.plugins.find(one => one.instance === instance);
    const family = plugin ? model.family(spec(plugin.uri)) : "utility";
    if (!colours.has(family)) colours.set(family, getComputedStyle(document.documentElement).getPropertyValue(`--${family === "midi" ? "midi-lamp" : family}`));
    return colours.get(family);
  };

  // ---- Places ----
  const sizes = (/** @type {Spec | undefined} */ found) => {
    const ins = (found?.audio_inputs.length ?? 0) + (found?.midi_inputs.length ?? 0) + (found?.cv_inputs.length ?? 0);
    const outs = (found?.audio_outputs.length ?? 0) + (found?.midi_outputs.length ?? 0) + (found?.cv_outputs.length ?? 0);
    return HEAD + Math.max(1, ins, outs) * PORT + 8;
  };
  /** Places on the drawing: mod-ui leaves room for large pictures, so boards of its are drawn closer together. */
  function places() {
    /** @type {Map<string, { x: number, y: number, width: number, height: number }>} */ const map = new Map();
    for (const plugin of store.board.plugins) {
      const [x, y] = moving.get(plugin.instance) ?? plugin.position;
      map.set(plugin.instance, { x, y, width: WIDTH, height: sizes(spec(plugin.uri)) });
    }
    return map;
  }
  const hardware = () => {
    const boxes = [...places().values()], card = model.card(store.hello), ports = store.hello?.ports;
    const left = Math.min(260, ...boxes.map(box => box.x)) - EDGE - 60, right = Math.max(260, ...boxes.map(box => box.x + box.width)) + 60;
    const top = boxes.length ? Math.min(...boxes.map(box => box.y)) : 120;
    const names = (/** @type {string[]} */ audio, /** @type {import("./types").PortSpec[] | undefined} */ midi) => [...audio, ...(midi ?? []).map(one => one.symbol)];
    return [
      { key: ":in", title: "Input", x: left, y: top, ports: names(card.inputs, ports?.midi_inputs), outputs: true },
      { key: ":out", title: "Output", x: right, y: top, ports: names(card.outputs, ports?.midi_outputs), outputs: false },
    ];
  };
  /** Where each port is: counted, not measured, so nothing is laid out again while dragging. @type {Map<string, [number, number]>} */
  let ports = new Map();
  function countPorts() {
    ports = new Map();
    const boxes = places();
    for (const plugin of store.board.plugins) {
      const box = boxes.get(plugin.instance), found = spec(plugin.uri);
      if (!box || !found) continue;
      const put = (/** @type {import("./types").PortSpec[][]} */ lists, /** @type {number} */ x) => lists.flat().forEach((port, index) => ports.set(`${plugin.instance}/${port.symbol}`, [x, box.y + HEAD + PORT * (index + 0.5)]));
      put([found.audio_inputs, found.midi_inputs, found.cv_inputs], box.x);
      put([found.audio_outputs, found.midi_outputs, found.cv_outputs], box.x + WIDTH);
    }
    for (const end of hardware()) end.ports.forEach((name, index) => ports.set(name, [end.outputs ? end.x + EDGE : end.x, end.y + 44 + PORT * (index + 0.5)]));
  }
  const cables = new Cables(lines, name => ports.get(name), one => choose([], one));

  // ---- The view: where, how large ----
  function place() {
    world.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.scale})`;
    canvas.style.backgroundPosition = `${at.x}px ${at.y}px`;
    canvas.style.backgroundSize = `${32 * at.scale}px ${32 * at.scale}px`;
    canvas.classList.toggle("far", at.scale < 0.55);
    map.draw();
  }
  function zoom(/** @type {number} */ factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const scale = Math.min(2.5, Math.max(0.15, at.scale * factor));
    at.x = x - (x - at.x) * scale / at.scale;
    at.y = y - (y - at.y) * scale / at.scale;
    at.scale = scale;
    place();
  }
  function fit() {
    const boxes = [...places().values(), ...hardware().map(end => ({ x: end.x, y: end.y, width: EDGE, height: 44 + end.ports.length * PORT }))];
    const left = Math.min(...boxes.map(box => box.x)), top = Math.min(...boxes.map(box => box.y));
    const width = Math.max(...boxes.map(box => box.x + box.width)) - left, height = Math.max(...boxes.map(box => box.y + box.height)) - top;
    const most = innerWidth > 2400 ? 1.8 : 1.1;
    // On a phone not all of a long board is in sight: what can be touched must stay large enough.
    const least = innerWidth < 760 ? 0.6 : 0.3;
    at.scale = Math.max(least, Math.min(most, (canvas.clientWidth - 60) / width, (canvas.clientHeight - 150) / height));
    at.x = Math.max(12, (canvas.clientWidth - width * at.scale) / 2) - left * at.scale;
    at.y = Math.max(72 - top * at.scale, (canvas.clientHeight - height * at.scale) / 2 - top * at.scale);
    place();
  }
  const onWorld = (/** @type {{ clientX: number, clientY: number }} */ event) => {
    const box = canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ ([(event.clientX - box.left - at.x) / at.scale, (event.clientY - box.top - at.y) / at.scale]);
  };

  // ---- What is chosen ----
  function choose(/** @type {string[]} */ instances, /** @type {import("./cables.js").Cable | null} */ one = null, add = false) {
    if (!add) chosen.clear();
    for (const instance of instances) chosen.add(instance);
    cable = one;
    marks();
  }
  function marks() {
    for (const node of nodes.querySelectorAll(".node")) node.classList.toggle("chosen", chosen.has(node.dataset.key ?? ""));
    cables.mark(cable);
    const only = chosen.size === 1 ? [...chosen][0] : null;
    if (only !== shownFor) {
      shown?.end();
      shown = null;
      shownFor = only;
      if (only && store.board.plugins.some(one => one.instance === only)) {
        const made = panel(only, { onclose: () => choose([]) });
        shown = made;
        side.replaceChildren(made.element);
      }
      side.hidden = !only;
    }
    drawTools();
  }
  let drawn = "";
  function drawTools() {
    const some = chosen.size > 0, edit = store.mayEdit, key = `${chosen.size > 1} ${some} ${!!cable} ${edit}`;
    if (key === drawn) return;
    drawn = key;
    tools.replaceChildren(
      iconButton("plus", "Add a plugin", () => openShelf(found => land(found)), { class: "icon-button add-tool", disabled: !edit }),
      iconButton("fit", "All in sight", fit), h("button.icon-button", { type: "button", "aria-label": "Smaller", onclick: () => zoom(1 / 1.25) }, "−"), h("button.icon-button", { type: "button", "aria-label": "Larger", onclick: () => zoom(1.25) }, "+"),
      h("span.sep"),
      iconButton("align", chosen.size > 1 ? "Align what is chosen in a row" : "Lay the board out", () => chosen.size > 1 ? align() : layout(), { disabled: !edit }),
      iconButton("copy", "Duplicate", copy, { disabled: !some || !edit }),
      iconButton("trash", cable ? "Take the cable away" : "Take off the board", remove, { disabled: !edit || !some && !cable }),
    );
  }
  function remove() {
    if (cable) {
      const { from, to } = cable;
      choose([]);
      act({ disconnect: { source: end(from), target: end(to) } });
    } else if (chosen.size) takeOff([...chosen], () => choose([]));
  }
  async function copy() {
    const { edits, made } = model.duplicate(store.board, spec, [...chosen]);
    if (edits.length && await act({ arrange: { label: `duplicate ${[...chosen].join(", ")}`, edits } }) !== undefined) choose(made);
  }
  /** What is chosen into a row, in its order, without overlapping. */
  function align() {
    const list = store.board.plugins.filter(one => chosen.has(one.instance)).sort((a, b) => a.position[0] - b.position[0]);
    const y = Math.round(list.reduce((sum, one) => sum + one.position[1], 0) / list.length);
    let x = list[0].position[0];
    act({ arrange: { label: `align ${list.length} plugins`, edits: list.map(one => {
      const edit = { move: { instance: one.instance, position: [x, y] } };
      x += WIDTH + 60;
      return edit;
    }) } });
  }
  /** The board by its signal: a column for each step. */
  function layout() {
    const edits = model.rows(store.board).flatMap((row, column) => {
      let y = 160;
      return row.map(one => {
        const edit = { move: { instance: one.instance, position: [260 + column * (WIDTH + 70), y] } };
        y += sizes(spec(one.uri)) + 40;
        return edit;
      });
    });
    if (edits.length) act({ arrange: { label: "lay the board out", edits } }).then(() => setTimeout(fit, 50));
  }
  /** A plugin lands: on a cable or at the end of the chain it sounds at once. @param {Spec} found @param {[number, number]} [where] */
  async function land(found, where) {
    const board = store.board, rows = model.rows(board).flat();
    const wired = rows.filter(one => model.cables(board).some(([from, to]) => model.owner(from) === one.instance || model.owner(to) === one.instance));
    const left = where ? wired.filter(one => one.position[0] + WIDTH / 2 < where[0]) : wired;
    const after = left.length ? left.reduce((a, b) => model.rows(board).findIndex(row => row.includes(a)) >= model.rows(board).findIndex(row => row.includes(b)) ? a : b).instance : "";
    const rails = model.rows(board).find(row => row.some(one => one.instance === after)) ?? [];
    // Behind a split it stands where the rails come together.
    const afters = rails.length > 1 && rails.every(one => left.includes(one)) && model.join(board, rails) ? rails.map(one => one.instance) : after ? [after] : [];
    const sight = onWorld({ clientX: canvas.getBoundingClientRect().left + canvas.clientWidth / 2, clientY: canvas.getBoundingClientRect().top + canvas.clientHeight / 2 });
    const last = board.plugins.find(one => one.instance === after);
    const place = where ?? (last ? [last.position[0] + WIDTH + 70, last.position[1]] : [Math.round(sight[0] - WIDTH / 2), Math.round(sight[1] - 60)]);
    const { edits, instance } = model.insert(board, spec, store.hello, found, afters, /** @type {[number, number]} */ (place));
    if (await act({ arrange: { label: `insert ${found.label || found.name}`, edits } }) !== undefined) {
      choose([instance]);
      requestAnimationFrame(() => reveal(instance));
      text(said, `${found.name} is on the board and sounds`);
    }
  }

  /** Brings a plugin into sight, when it is not. @param {string} instance */
  function reveal(instance) {
    const box = places().get(instance);
    if (!box) return;
    const left = box.x * at.scale + at.x, top = box.y * at.scale + at.y;
    if (left < 0 || top < 60 || left + box.width * at.scale > canvas.clientWidth || top + box.height * at.scale > canvas.clientHeight) fit();
  }

  // ---- Nodes ----
  const portList = (/** @type {Plugin} */ plugin, /** @type {Spec} */ found, /** @type {boolean} */ outputs) => {
    const lists = /** @type {[import("./types").PortSpec[], string][]} */ (outputs ? [[found.audio_outputs, "audio"], [found.midi_outputs, "midi"], [found.cv_outputs, "cv"]] : [[found.audio_inputs, "audio"], [found.midi_inputs, "midi"], [found.cv_inputs, "cv"]]);
    return lists.flatMap(([list, kind]) => list.map(port => portButton(`${plugin.instance}/${port.symbol}`, port.name, kind, outputs)));
  };
  function portButton(/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ kind, /** @type {boolean} */ output) {
    const button = h(`button.port.${kind}.${output ? "out" : "in"}`, { type: "button", "aria-label": `${label}, ${kind} ${output ? "output" : "input"}`, title: label, data: { port: name, kind, output: String(output) } }, h("span.dot"), h("span.port-name", null, label));
    button.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => beginCable(event, button));
    button.addEventListener("click", (/** @type {MouseEvent} */ event) => { if (event.detail === 0) touchPort(button); });
    return button;
  }
  function node(/** @type {Plugin} */ plugin) {
    const lamp = h("button.card-lamp", { type: "button", onclick: () => {
      const now = store.board.plugins.find(one => one.instance === plugin.instance);
      if (now) turn({ instance: plugin.instance, symbol: ":bypass" }, now.bypassed ? 0 : 1);
    } }, h("span.lamp"));
    const open = h("button.node-open", { type: "button", onclick: (/** @type {MouseEvent} */ event) => { if (event.detail === 0) choose([plugin.instance], null, event.shiftKey); } }, h("span.card-name"), h("span.card-note"));
    const element = h("div.node", { data: { instance: plugin.instance } }, h("div.node-head", null, lamp, open), h("div.ports.ins"), h("div.ports.outs"));
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => { if (!(/** @type {Element} */ (event.target).closest(".card-lamp, .port"))) dragNodes(event, plugin.instance); });
    return element;
  }
  /** What changes while playing: on, off, cost. @param {any} element @param {Plugin} plugin */
  function drawState(element, plugin) {
    const found = spec(plugin.uri), head = element.firstElementChild;
    element.classList.toggle("bypassed", plugin.bypassed);
    element.classList.toggle("missing", plugin.missing);
    attribute(head.children[0], "aria-pressed", String(!plugin.bypassed));
    const cost = store.state?.health.plugins[plugin.instance];
    text(head.children[1].children[1], plugin.missing ? "not installed" : cost?.cut_off ? "bypassed after a fault" : cost ? percent(cost.percent) : found?.brand ?? "");
  }
  /** @param {Set<string> | null} [only] */
  function drawStates(only) {
    if (only?.size === 0) return;
    for (const plugin of store.state?.board.plugins ?? []) {
      const element = only && !only.has(plugin.instance) ? undefined : drawnNodes.get(plugin.instance);
      if (element) drawState(element, plugin);
    }
  }
  /** Nodes by instance. @type {Map<string, any>} */ const drawnNodes = new Map();
  function draw() {
    const state = store.state;
    if (!state) return;
    for (const instance of chosen) if (!state.board.plugins.some(one => one.instance === instance)) chosen.delete(instance);
    const boxes = places(), names = model.titles(state.board, spec);
    drawnNodes.clear();
    const list = [...hardware().map(end => ({ key: end.key, end, plugin: /** @type {Plugin | undefined} */ (undefined) })), ...state.board.plugins.map(plugin => ({ key: plugin.instance, end: undefined, plugin }))];
    keyed(nodes, list, one => one.key, one => one.plugin ? node(one.plugin) : h("div.node-end", null, h("strong", null, one.end?.title), h(`div.ports.${one.end?.outputs ? "outs" : "ins"}`)), (element, one) => {
      if (one.end) {
        element.style.transform = `translate(${one.end.x}px, ${one.end.y}px)`;
        const key = one.end.ports.join();
        if (element.dataset.ports !== key) {
          element.dataset.ports = key;
          element.lastElementChild.replaceChildren(...one.end.ports.map(name => portButton(name, portTitle(name), model.portKind(state.board, spec, name), /** @type {any} */ (one.end).outputs)));
        }
        return;
      }
      const plugin = /** @type {Plugin} */ (one.plugin), found = spec(plugin.uri), box = boxes.get(plugin.instance);
      const where = `translate(${box?.x}px, ${box?.y}px)`, name = names.get(plugin.instance) ?? plugin.instance, head = element.firstElementChild;
      if (element.style.transform !== where) element.style.transform = where;
      drawnNodes.set(plugin.instance, element);
      attribute(element, "data-family", model.family(found));
      attribute(head.children[0], "aria-label", `${name} on`);
      text(head.children[1].children[0], name);
      drawState(element, plugin);
      if (found && element.dataset.spec !== plugin.uri) {
        element.dataset.spec = plugin.uri;
        element.children[1].replaceChildren(...portList(plugin, found, false));
        element.children[2].replaceChildren(...portList(plugin, found, true));
      }
    });
    countPorts();
    cables.set(model.cables(state.board).map(([from, to]) => ({ from, to, kind: model.portKind(state.board, spec, from) })));
    marks();
    map.draw();
  }
  const portTitle = (/** @type {string} */ name) => name.replace(/^capture_/, "In ").replace(/^playback_/, "Out ").replaceAll("_", " ");

  // ---- Dragging ----
  function dragNodes(/** @type {PointerEvent} */ event, /** @type {string} */ instance) {
    if (event.button > 0 || space) return;
    event.stopPropagation();
    if (!chosen.has(instance)) choose([instance], null, event.shiftKey);
    else if (event.shiftKey) { chosen.delete(instance); return marks(); }
    if (!store.mayEdit) return;
    const start = onWorld(event), from = new Map(store.board.plugins.filter(one => chosen.has(one.instance)).map(one => [one.instance, one.position]));
    const grid = 10;
    let moved = false;
    capture(event, now => {
      const [x, y] = onWorld(now);
      if (!moved && Math.hypot(x - start[0], y - start[1]) < 5) return;
      moved = true;
      for (const [name, [px, py]] of from) moving.set(name, [Math.round((px + x - start[0]) / grid) * grid, Math.round((py + y - start[1]) / grid) * grid]);
      for (const [name, [px, py]] of moving) {
        const element = /** @type {HTMLElement | null} */ (nodes.querySelector(`[data-key="${CSS.escape(name)}"]`));
        if (element) element.style.transform = `translate(${px}px, ${py}px)`;
      }
      countPorts();
      cables.draw();
    }, async () => {
      if (!moved) return;
      const edits = [...moving].map(([name, position]) => ({ move: { instance: name, position } }));
      await act({ arrange: { label: `move ${edits.length === 1 ? instance : `${edits.length} plugins`}`, edits } });
      moving.clear();
      draw();
    });
  }
  /** Follows a pointer until it is let go. @param {PointerEvent} event @param {(event: PointerEvent) => void} move @param {(event: PointerEvent) => void} done */
  function capture(event, move, done) {
    const id = event.pointerId;
    let frame = 0;
    /** @type {PointerEvent | null} */ let last = null;
    const onmove = (/** @type {PointerEvent} */ now) => {
      if (now.pointerId !== id) return;
      last = now;
      frame ||= requestAnimationFrame(() => { frame = 0; if (last) move(last); });
    };
    const onend = (/** @type {PointerEvent} */ now) => {
      if (now.pointerId !== id) return;
      removeEventListener("pointermove", onmove);
      removeEventListener("pointerup", onend);
      removeEventListener("pointercancel", onend);
      cancelAnimationFrame(frame);
      if (last) move(now.type === "pointerup" ? now : last);
      done(now);
    };
    addEventListener("pointermove", onmove);
    addEventListener("pointerup", onend);
    addEventListener("pointercancel", onend);
  }

  // ---- Cables ----
  function fits(/** @type {HTMLElement} */ a, /** @type {HTMLElement} */ b) {
    return a.dataset.kind === b.dataset.kind && a.dataset.output !== b.dataset.output && model.owner(a.dataset.port ?? "") !== model.owner(b.dataset.port ?? "");
  }
  function connect(/** @type {HTMLElement} */ a, /** @type {HTMLElement} */ b) {
    const [from, to] = a.dataset.output === "true" ? [a, b] : [b, a];
    act({ connect: { source: end(from.dataset.port ?? ""), target: end(to.dataset.port ?? "") } });
    text(said, "connected");
  }
  function candidates(/** @type {HTMLElement | null} */ port) {
    for (const one of /** @type {NodeListOf<HTMLElement>} */ (nodes.querySelectorAll(".port"))) {
      one.classList.toggle("fits", !!port && fits(port, one));
      one.classList.toggle("begun", one === port);
    }
    canvas.classList.toggle("wiring", !!port);
  }
  function beginCable(/** @type {PointerEvent} */ event, /** @type {HTMLElement} */ port) {
    if (event.button > 0 || !store.mayEdit) return;
    event.stopPropagation();
    event.preventDefault();
    port.focus({ preventScroll: true });
    const start = ports.get(port.dataset.port ?? "");
    if (!start) return;
    let moved = false;
    const from = [event.clientX, event.clientY], kind = port.dataset.kind, output = port.dataset.output === "true";
    const under = (/** @type {PointerEvent} */ now) => nearestPort(port, onWorld(now));
    capture(event, now => {
      if (!moved && Math.hypot(now.clientX - from[0], now.clientY - from[1]) < 6) return;
      if (!moved) { moved = true; candidates(port); draft.setAttribute("class", `cable-draft ${kind}`); }
      const hit = under(now), [x, y] = (hit && ports.get(hit.dataset.port ?? "")) ?? onWorld(now);
      draft.setAttribute("d", output ? curve(start[0], start[1], x, y) : curve(x, y, start[0], start[1]));
    }, now => {
      draft.setAttribute("d", "");
      if (!moved) return touchPort(port);
      candidates(null);
      const hit = under(now);
      if (hit) connect(port, hit);
    });
  }
  /** The port that fits within a finger's width. @param {HTMLElement} port @param {[number, number]} where */
  function nearestPort(port, where) {
    let best = null, far = 44 / at.scale;
    for (const one of /** @type {NodeListOf<HTMLElement>} */ (nodes.querySelectorAll(".port"))) {
      const place = ports.get(one.dataset.port ?? "");
      if (!place || !fits(port, one)) continue;
      const distance = Math.hypot(place[0] - where[0], place[1] - where[1]);
      if (distance < far) { far = distance; best = one; }
    }
    return best;
  }
  /** Touch one port, then the other: without dragging, and with the keyboard. @param {HTMLElement} port */
  function touchPort(port) {
    const first = begun && /** @type {HTMLElement | null} */ (nodes.querySelector(`[data-port="${CSS.escape(begun)}"]`));
    begun = null;
    candidates(null);
    if (first && first !== port && fits(first, port)) return connect(first, port);
    if (first === port) return;
    begun = port.dataset.port ?? null;
    candidates(port);
    text(said, "Choose the other end");
  }

  // ---- The ground: pan, choose by a frame, pinch ----
  let space = false;
  /** @type {Map<number, [number, number]>} */ const fingers = new Map();
  canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (/** @type {Element} */ (event.target).closest(".node, .minimap")) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size > 1) return pinch();
    begun = null;
    candidates(null);
    if (event.shiftKey && event.button === 0) return frame(event);
    let [x, y] = [event.clientX, event.clientY], moved = 0;
    capture(event, now => {
      if (fingers.size > 1) { [x, y] = [now.clientX, now.clientY]; return; }
      at.x += now.clientX - x;
      at.y += now.clientY - y;
      moved += Math.abs(now.clientX - x) + Math.abs(now.clientY - y);
      [x, y] = [now.clientX, now.clientY];
      place();
    }, now => {
      fingers.delete(now.pointerId);
      if (moved < 4) choose([]);
    });
  });
  function pinch() {
    const ids = [...fingers.keys()];
    const onmove = (/** @type {PointerEvent} */ event) => {
      if (!fingers.has(event.pointerId)) return;
      const [a, b] = ids.map(id => fingers.get(id) ?? [0, 0]);
      const before = Math.hypot(a[0] - b[0], a[1] - b[1]);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      const [c, d] = ids.map(id => fingers.get(id) ?? [0, 0]);
      const box = canvas.getBoundingClientRect();
      at.x += (c[0] + d[0] - a[0] - b[0]) / 2;
      at.y += (c[1] + d[1] - a[1] - b[1]) / 2;
      zoom(Math.hypot(c[0] - d[0], c[1] - d[1]) / Math.max(1, before), (c[0] + d[0]) / 2 - box.left, (c[1] + d[1]) / 2 - box.top);
    };
    const onend = (/** @type {PointerEvent} */ event) => {
      if (!fingers.delete(event.pointerId)) return;
      removeEventListener("pointermove", onmove);
      removeEventListener("pointerup", onend);
      removeEventListener("pointercancel", onend);
    };
    addEventListener("pointermove", onmove);
    addEventListener("pointerup", onend);
    addEventListener("pointercancel", onend);
  }
  function frame(/** @type {PointerEvent} */ event) {
    const box = canvas.getBoundingClientRect(), start = onWorld(event), before = new Set(chosen);
    marquee.hidden = false;
    capture(event, now => {
      const x = Math.min(event.clientX, now.clientX) - box.left, y = Math.min(event.clientY, now.clientY) - box.top;
      Object.assign(marquee.style, { left: `${x}px`, top: `${y}px`, width: `${Math.abs(now.clientX - event.clientX)}px`, height: `${Math.abs(now.clientY - event.clientY)}px` });
      const to = onWorld(now);
      const [left, right] = [Math.min(start[0], to[0]), Math.max(start[0], to[0])], [top, bottom] = [Math.min(start[1], to[1]), Math.max(start[1], to[1])];
      chosen.clear();
      for (const one of before) chosen.add(one);
      for (const [instance, one] of places()) if (one.x < right && one.x + one.width > left && one.y < bottom && one.y + one.height > top) chosen.add(instance);
      for (const element of nodes.querySelectorAll(".node")) element.classList.toggle("chosen", chosen.has(element.dataset.key ?? ""));
    }, now => { fingers.delete(now.pointerId); marquee.hidden = true; marks(); });
  }
  canvas.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    if (event.ctrlKey || event.deltaMode !== 0 || Math.abs(event.deltaY) >= 50 && event.deltaX === 0) zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 500)), event.clientX - box.left, event.clientY - box.top);
    else { at.x -= event.deltaX; at.y -= event.deltaY; place(); }
  }, { passive: false });
  canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const key = event.key, command = event.ctrlKey || event.metaKey;
    const step = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[key];
    if (step && chosen.size && store.mayEdit) {
      act({ arrange: { label: "move", edits: store.board.plugins.filter(one => chosen.has(one.instance)).map(one => ({ move: { instance: one.instance, position: [one.position[0] + step[0], one.position[1] + step[1]] } })) } });
    } else if (step) { at.x -= step[0] * 4; at.y -= step[1] * 4; place(); }
    else if (key === "Delete" || key === "Backspace") remove();
    else if (command && key === "a") choose(store.board.plugins.map(one => one.instance));
    else if (command && key === "d") copy();
    else if (key === "+" || key === "=") zoom(1.25);
    else if (key === "-") zoom(1 / 1.25);
    else if (key === "0") fit();
    else if (key === "Escape") { begun = null; candidates(null); choose([]); }
    else if (key === " " && event.target === canvas) space = true;
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("keyup", (/** @type {KeyboardEvent} */ event) => { if (event.key === " ") space = false; });

  // ---- The shelf: drag from it, or touch ----
  const wide = matchMedia("(min-width: 1000px)");
  const makeShelf = () => shelf(async one => land(await fetchSpec(one.uri)), (button, one) => {
    button.addEventListener("pointerdown", event => {
      if (event.button > 0 || event.pointerType === "touch" || !store.mayEdit) return;
      /** @type {HTMLElement | null} */ let ghost = null;
      const from = [event.clientX, event.clientY];
      const found = fetchSpec(one.uri);
      capture(event, now => {
        if (!ghost && Math.hypot(now.clientX - from[0], now.clientY - from[1]) < 8) return;
        if (!ghost) {
          ghost = h("div.ghost", { data: { family: model.family(one) } }, h("span.lamp"), one.name);
          document.body.append(/** @type {HTMLElement} */ (ghost));
        }
        /** @type {HTMLElement} */ (ghost).style.transform = `translate(${now.clientX - 90}px, ${now.clientY - 24}px)`;
      }, async now => {
        if (!ghost) return;
        ghost.remove();
        const swallow = (/** @type {Event} */ click) => { click.stopPropagation(); click.preventDefault(); };
        button.addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => button.removeEventListener("click", swallow, { capture: true }), 50);
        const box = canvas.getBoundingClientRect();
        if (now.clientX < box.left || now.clientX > box.right || now.clientY < box.top || now.clientY > box.bottom) return toast("Let it go over the board.");
        const [x, y] = onWorld(now);
        land(await found, [Math.round((x - WIDTH / 2) / 10) * 10, Math.round((y - 30) / 10) * 10]);
      });
    });
  });
  /** @type {ReturnType<typeof shelf> | null} */ let made = null;
  // A window that grows gets it, one that shrinks gives its room back to the drawing.
  const widened = () => {
    made?.end();
    made = wide.matches ? makeShelf() : null;
    drawer.replaceChildren(...made ? [made.element] : []);
    drawer.hidden = !made;
  };
  widened();
  wide.addEventListener("change", widened);

  const measure = () => Object.assign(room, { width: canvas.clientWidth, height: canvas.clientHeight });
  const watch = new ResizeObserver(() => { measure(); map.draw(); });
  watch.observe(canvas);
  const ends = [store.on("board specs place", draw), store.on("health", () => drawStates()), store.on("value", changed => drawStates(bypassed(changed)))];
  measure();
  draw();
  if (!at.scale) { at.scale = 1; fit(); } else place();
  const first = store.on("specs", () => { first(); if (!chosen.size) fit(); });
  return () => {
    ends.forEach(end => end());
    first();
    made?.end();
    wide.removeEventListener("change", widened);
    shown?.end();
    watch.disconnect();
    kept.scale = at.scale;
  };
}
