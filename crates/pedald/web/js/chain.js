// Chain: the board as a rail from input to output. Touch a plugin for its panel, hold and drag it to another place, put
// a plugin in where a plus is, or beside another.

import { spec } from "./api.js";
import { attribute, h, icon, keyed, text } from "./dom.js";
import { percent } from "./format.js";
import { act, turn } from "./link.js";
import * as model from "./model.js";
import { panel } from "./panel.js";
import { openShelf } from "./shelf.js";
import { menu, sheet } from "./sheet.js";
import { bypassed, store } from "./store.js";

/** @typedef {import("./types").Plugin} Plugin */

/** @param {HTMLElement} view @returns {() => void} */
export function chain(view) {
  const rail = h("ol.rail", { "aria-label": "Signal chain" }), side = h("div.side");
  view.className = "chain";
  view.replaceChildren(h("div.rail-scroll", null, rail), side);
  /** @type {string | null} */ let chosen = null;
  /** @type {{ element: HTMLElement, end: () => void } | null} */ let shown = null;
  /** @type {ReturnType<typeof sheet> | null} */ let box = null;
  const wide = matchMedia("(min-width: 900px)");

  const select = (/** @type {string | null} */ instance) => {
    shown?.end();
    shown = null;
    const old = box;
    box = null;
    old?.close();
    chosen = instance;
    const plugin = store.state?.board.plugins.find(plugin => plugin.instance === instance);
    if (plugin && instance) {
      shown = panel(instance, { onclose: () => select(null) });
      if (wide.matches) side.replaceChildren(shown.element);
      else {
        const mine = box = sheet(model.title(store.board, plugin, spec(plugin.uri)), shown.element, { className: "panel-sheet", onclose: () => { if (box === mine) { box = null; select(null); } } });
      }
    } else side.replaceChildren(h("div.empty", null, h("p", null, store.state?.board.plugins.length ? "Touch a plugin to see its controls." : "")));
    draw();
  };

  const add = (/** @type {string[]} */ after) => openShelf(async found => {
    const { edits, instance } = model.insert(store.board, spec, store.hello, found, after);
    if (await act({ arrange: { label: `insert ${found.label || found.name}`, edits } }) !== undefined) select(instance);
  });
  const addBeside = (/** @type {string} */ other) => openShelf(async found => {
    const { edits, instance } = model.beside(store.board, spec, store.hello, found, other);
    if (await act({ arrange: { label: `split: ${found.label || found.name} beside`, edits } }) !== undefined) select(instance);
  });
  const arrange = async (/** @type {string} */ label, /** @type {import("./types").Edit[]} */ edits) => { if (edits.length) await act({ arrange: { label, edits } }); };
  const moveTo = (/** @type {string} */ instance, /** @type {string[]} */ after) => arrange(`move ${instance}`, model.move(store.board, spec, store.hello, instance, after));
  /** What a plugin put in below a row stands behind: all of the row where its rails come together, its last one otherwise. @param {Plugin[] | undefined} row */
  const below = row => !row ? [] : row.length > 1 && model.join(store.board, row) ? row.map(one => one.instance) : [row[row.length - 1].instance];

  const afterOf = (/** @type {HTMLElement} */ button) => /** @type {string[]} */ (JSON.parse(button.dataset.after ?? "[]"));
  /** Where it puts a plugin is in `data-after`: rows keep their elements when what is above them is another. */
  const plus = () => {
    const button = h("button.plus", { type: "button", "aria-label": "Put a plugin in here", onclick: () => add(afterOf(button)) }, icon("plus"));
    return button;
  };

  const card = (/** @type {Plugin} */ plugin) => {
    const lamp = h("button.card-lamp", { type: "button", onclick: () => {
      const now = store.board.plugins.find(one => one.instance === plugin.instance);
      if (now) turn({ instance: plugin.instance, symbol: ":bypass" }, now.bypassed ? 0 : 1);
    } }, h("span.lamp"));
    const open = h("button.card-open", { type: "button", onclick: () => select(plugin.instance) }, h("span.card-name"), h("span.card-note"));
    const more = h("button.card-more", { type: "button", onclick: () => cardMenu(plugin.instance) }, icon("dots"));
    const element = h("div.card", null, lamp, open, more);
    drag(element, plugin.instance);
    return element;
  };

  const cardMenu = (/** @type {string} */ instance) => {
    const flat = model.rows(store.board), row = flat.findIndex(list => list.some(one => one.instance === instance));
    const plugin = store.board.plugins.find(one => one.instance === instance);
    if (!plugin) return;
    const alone = flat[row].length === 1, nameOf = (/** @type {Plugin} */ one) => model.title(store.board, one, spec(one.uri));
    menu(model.title(store.board, plugin, spec(plugin.uri)), [
      row > 0 ? { text: "Move up", act: () => moveTo(instance, below(flat[row - 2])) } : null,
      row < flat.length - 1 ? { text: "Move down", act: () => moveTo(instance, below(flat[row + 1])) } : null,
      row > 0 && alone ? { text: `Move beside ${nameOf(flat[row - 1][0])} (split A/B)`, act: () => arrange(`split: ${instance} beside`, model.moveBeside(store.board, spec, store.hello, instance, flat[row - 1][0].instance)) } : null,
      !alone ? { text: "Out of the split: behind it", act: () => moveTo(instance, flat[row].filter(one => one.instance !== instance).map(one => one.instance)) } : null,
      { text: "Put another beside it (split A/B)", act: () => addBeside(instance) },
      { text: alone ? "Put another behind it" : "Put another behind it, in its rail", act: () => add([instance]) },
      { text: "Take off the board", danger: true, act: async () => (await import("./panel.js")).takeOff([instance]) },
    ]);
  };

  /** Held for a moment, a card can be dragged to where a plus is. @param {HTMLElement} element @param {string} instance */
  function drag(element, instance) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
    /** @type {HTMLElement | null} */ let target = null;
    let startY = 0, startX = 0, moving = false;
    const stop = () => {
      clearTimeout(timer);
      moving = false;
      element.classList.remove("dragged");
      element.style.removeProperty("--dy");
      element.style.removeProperty("--dx");
      rail.classList.remove("dropping");
      target?.classList.remove("drop");
      target = null;
    };
    element.addEventListener("pointerdown", event => {
      if (event.button > 0 || !store.mayEdit || /** @type {Element} */ (event.target).closest(".card-lamp, .card-more")) return;
      [startX, startY] = [event.clientX, event.clientY];
      timer = setTimeout(() => {
        moving = true;
        element.setPointerCapture(event.pointerId);
        element.classList.add("dragged");
        rail.classList.add("dropping");
      }, event.pointerType === "mouse" ? 140 : 380);
    });
    element.addEventListener("pointermove", event => {
      if (!moving) {
        if (Math.hypot(event.clientX - startX, event.clientY - startY) > 8) clearTimeout(timer);
        return;
      }
      element.style.setProperty("--dy", `${event.clientY - startY}px`);
      element.style.setProperty("--dx", `${event.clientX - startX}px`);
      const plus = /** @type {HTMLElement[]} */ ([...rail.querySelectorAll(".plus")]);
      const near = plus.map(one => ({ one, far: Math.abs(one.getBoundingClientRect().top + 22 - event.clientY) })).sort((a, b) => a.far - b.far)[0];
      target?.classList.remove("drop");
      target = near && near.far < 70 ? near.one : null;
      target?.classList.add("drop");
    });
    element.addEventListener("pointerup", () => {
      const after = target && afterOf(target), was = moving;
      stop();
      if (was) {
        const swallow = (/** @type {Event} */ event) => { event.stopPropagation(); event.preventDefault(); };
        element.addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => element.removeEventListener("click", swallow, { capture: true }), 50);
        if (after) moveTo(instance, after);
      }
    });
    element.addEventListener("pointercancel", stop);
    element.addEventListener("touchmove", event => { if (moving) event.preventDefault(); }, { passive: false });
  }

  /** Plugins that have a cable. @type {Set<string>} */ let wired = new Set();
  /** Cards by instance. @type {Map<string, HTMLElement>} */ const cards = new Map();
  /** What changes while playing: on, off, cost. @param {Element} card @param {Plugin} plugin */
  const drawState = (card, plugin) => {
    const cost = store.state?.health.plugins[plugin.instance];
    card.classList.toggle("bypassed", plugin.bypassed);
    attribute(card.children[0], "aria-pressed", String(!plugin.bypassed));
    text(card.children[1].children[1], plugin.missing ? "not installed" : cost?.cut_off ? "bypassed after a fault" : !wired.has(plugin.instance) ? "not connected" : [spec(plugin.uri)?.brand, cost && percent(cost.percent)].filter(Boolean).join(" · "));
  };
  /** @param {Set<string> | null} [only] */
  const drawStates = only => {
    if (only?.size === 0) return;
    for (const plugin of store.state?.board.plugins ?? []) {
      const card = only && !only.has(plugin.instance) ? undefined : cards.get(plugin.instance);
      if (card) drawState(card, plugin);
    }
  };
  const draw = () => {
    const state = store.state;
    if (!state) return;
    const list = model.rows(state.board), names = model.titles(state.board, spec);
    wired = model.wired(state.board);
    cards.clear();
    /** @type {({ key: string, plugins?: Plugin[], end?: "in" | "out", after?: string[] })[]} */
    const rows = [{ key: "in", end: "in", after: [] }, ...list.map((plugins, at) => ({ key: `row-${at}`, plugins, after: below(plugins) })), { key: "out", end: "out" }];
    keyed(rail, rows, row => row.key, row => {
      if (row.end === "out") return h("li.end", null, h("span.jack"), h("span", null, "Output"));
      return h("li", null, row.end ? h("div.end", null, h("span.jack"), h("span", null, "Input")) : h("div.row-cards"), plus());
    }, (element, row) => {
      if (row.end === "out" || !element.lastElementChild) return;
      element.lastElementChild.dataset.after = JSON.stringify(row.after);
      if (!row.plugins) return;
      attribute(element.lastElementChild, "aria-label", `Put a plugin in behind ${row.after?.map(one => names.get(one)).join(" and ")}`);
      const split = row.plugins.length > 1;
      element.classList.toggle("split", split);
      keyed(element.firstElementChild, row.plugins, one => one.instance, card, (child, one, at) => {
        const found = spec(one.uri), name = names.get(one.instance) ?? one.instance;
        cards.set(one.instance, child);
        attribute(child, "data-family", model.family(found));
        attribute(child.children[1], "data-rail", split && wired.has(one.instance) ? String.fromCharCode(65 + at) : null);
        child.classList.toggle("chosen", one.instance === chosen);
        attribute(child.children[0], "aria-label", `${name} on`);
        attribute(child.children[2], "aria-label", `More about ${name}`);
        attribute(child.children[1], "aria-current", one.instance === chosen ? "true" : null);
        text(child.children[1].children[0], name);
        drawState(child, one);
      });
    });
    view.classList.toggle("empty-board", !state.board.plugins.length);
    if (chosen && !state.board.plugins.some(plugin => plugin.instance === chosen)) select(null);
  };
  const rewide = () => select(chosen);
  wide.addEventListener("change", rewide);
  const ends = [store.on("board specs place", draw), store.on("health", () => drawStates()), store.on("value", changed => drawStates(bypassed(changed)))];
  // There is room for a panel: the first plugin's, until another is touched.
  select(wide.matches ? model.rows(store.board)[0]?.[0].instance ?? null : null);
  return () => {
    wide.removeEventListener("change", rewide);
    shown?.end();
    const old = box;
    box = null;
    old?.close();
    ends.forEach(end => end());
  };
}
