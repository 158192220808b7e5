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
import { bypassChanged, store } from "./store.js";

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

  const add = (/** @type {string} */ after) => openShelf(async found => {
    const { edits, instance } = model.insert(store.board, spec, store.hello, found, after);
    if (await act({ arrange: { label: `insert ${found.label || found.name}`, edits } }) !== undefined) select(instance);
  });
  const addBeside = (/** @type {string} */ other) => openShelf(async found => {
    const { edits, instance } = model.beside(store.board, spec, store.hello, found, other);
    if (await act({ arrange: { label: `split: ${found.label || found.name} beside`, edits } }) !== undefined) select(instance);
  });
  const moveTo = async (/** @type {string} */ instance, /** @type {string} */ after) => {
    const edits = model.move(store.board, spec, store.hello, instance, after);
    if (edits.length) await act({ arrange: { label: `move ${instance}`, edits } });
  };

  const plus = (/** @type {string} */ after, /** @type {string} */ label) =>
    h("button.plus", { type: "button", "aria-label": label, data: { after }, onclick: () => add(after) }, icon("plus"));

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
    menu(model.title(store.board, plugin, spec(plugin.uri)), [
      row > 0 ? { text: "Move up", act: () => moveTo(instance, flat[row - 2]?.[0].instance ?? "") } : null,
      row < flat.length - 1 ? { text: "Move down", act: () => moveTo(instance, flat[row + 1][0].instance) } : null,
      { text: "Put another beside it (split A/B)", act: () => addBeside(instance) },
      { text: "Put another behind it", act: () => add(instance) },
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
      const after = target?.dataset.after, was = moving;
      stop();
      if (was) {
        const swallow = (/** @type {Event} */ event) => { event.stopPropagation(); event.preventDefault(); };
        element.addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => element.removeEventListener("click", swallow, { capture: true }), 50);
        if (after !== undefined) moveTo(instance, after);
      }
    });
    element.addEventListener("pointercancel", stop);
    element.addEventListener("touchmove", event => { if (moving) event.preventDefault(); }, { passive: false });
  }

  const draw = () => {
    const state = store.state;
    if (!state) return;
    const list = model.rows(state.board);
    /** @type {({ key: string, plugins?: Plugin[], end?: "in" | "out", after?: string })[]} */
    const rows = [{ key: "in", end: "in", after: "" }, ...list.map((plugins, at) => ({ key: `row-${at}`, plugins, after: plugins[plugins.length - 1].instance })), { key: "out", end: "out" }];
    keyed(rail, rows, row => row.key, row => {
      if (row.end === "out") return h("li.end", null, h("span.jack"), h("span", null, "Output"));
      return h("li", null, row.end ? h("div.end", null, h("span.jack"), h("span", null, "Input")) : h("div.row-cards"), plus(row.after ?? "", "Put a plugin in here"));
    }, (element, row) => {
      if (row.end === "out" || !element.lastElementChild) return;
      element.lastElementChild.dataset.after = row.after;
      element.lastElementChild.onclick = () => add(row.after ?? "");
      if (!row.plugins) return;
      attribute(element.lastElementChild, "aria-label", `Put a plugin in behind ${row.plugins.map(one => model.title(state.board, one, spec(one.uri))).join(" and ")}`);
      element.classList.toggle("split", row.plugins.length > 1);
      keyed(element.firstElementChild, row.plugins, one => one.instance, card, (child, one) => {
        const found = spec(one.uri), name = model.title(state.board, one, found);
        child.dataset.family = model.family(found);
        child.classList.toggle("bypassed", one.bypassed);
        child.classList.toggle("chosen", one.instance === chosen);
        attribute(child.children[0], "aria-pressed", String(!one.bypassed));
        attribute(child.children[0], "aria-label", `${name} on`);
        attribute(child.children[2], "aria-label", `More about ${name}`);
        attribute(child.children[1], "aria-current", one.instance === chosen ? "true" : null);
        text(child.children[1].children[0], name);
        const cost = state.health.plugins[one.instance];
        text(child.children[1].children[1], one.missing ? "not installed" : cost?.cut_off ? "bypassed after a fault" : [found?.brand, cost && percent(cost.percent)].filter(Boolean).join(" · "));
      });
    });
    view.classList.toggle("empty-board", !state.board.plugins.length);
    if (chosen && !state.board.plugins.some(plugin => plugin.instance === chosen)) select(null);
  };
  const rewide = () => select(chosen);
  wide.addEventListener("change", rewide);
  const ends = [store.on("board specs health place", draw), store.on("value", changed => { if (bypassChanged(changed)) draw(); })];
  select(null);
  return () => {
    wide.removeEventListener("change", rewide);
    shown?.end();
    const old = box;
    box = null;
    old?.close();
    ends.forEach(end => end());
  };
}
