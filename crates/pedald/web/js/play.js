// Play: what the foot does, big enough to read standing. Tiles show what the pedal's own display and lamps show.

import { post, spec } from "./api.js";
import { attribute, h, icon, iconButton, keyed, text } from "./dom.js";
import { act, turn } from "./link.js";
import { openBoards, openBank } from "./boards.js";
import * as model from "./model.js";
import { toast } from "./sheet.js";
import { bypassed, store } from "./store.js";
import { tempoPart } from "./tempo.js";

/** @param {HTMLElement} view @returns {() => void} */
export function play(view) {
  const now = h("h1.song", null, ""), snapshot = h("p.song-snapshot", null, "");
  const before = h("button.song-step.previous", { type: "button", "aria-label": "Previous song", onclick: () => act({ step_board: "previous" }) }, icon("left"), h("span"));
  const next = h("button.song-step.next", { type: "button", "aria-label": "Next song", onclick: () => act({ step_board: "next" }) }, h("span"), icon("right"));
  const snapshots = h("div.snapshots", { role: "group", "aria-label": "Snapshots" });
  const tiles = h("div.tiles", { role: "group", "aria-label": "Footswitches and effects" });
  const knobs = h("ul.knobs", { role: "list", "aria-label": "Knobs of the pedal" });
  const setlist = h("ol.setlist"), bank = h("button.bank", { type: "button", onclick: openBank }, "All boards");
  const tempo = tempoPart();
  view.className = "play";
  view.replaceChildren(
    h("section.stage", { "aria-label": "Song" }, before, h("div.song-middle", null, now, snapshot), next),
    h("div.play-body", null,
      h("div.play-main", null, snapshots, tiles, knobs),
      h("aside.play-side", { "aria-label": "Tempo and setlist" }, tempo.element,
        h("section.set", { "aria-label": "Setlist" }, h("header", null, h("h2", null, "Setlist"), bank), setlist))),
  );

  /** @typedef {{ key: string, at: number, label: string, long: string, lit: boolean, colour: string | null, family: string }} Tile */
  /** Tiles by key: looked up once for a board, not while playing. @type {Map<string, any>} */
  const tileOf = new Map();
  /** @returns {Tile[]} */
  const switches = () => (store.panel?.footswitches ?? []).map((one, at) => ({ key: `:switch-${at}`, at, label: one.label, long: one.long, lit: one.lit, colour: one.colour, family: "utility" })).filter(one => one.label);
  const paint = (/** @type {any} */ element, /** @type {boolean} */ lit, /** @type {string} */ note) => {
    attribute(element, "aria-pressed", String(lit));
    text(element.lastElementChild, note);
  };
  const paintSwitch = (/** @type {Tile} */ one) => {
    const element = tileOf.get(one.key);
    paint(element, one.lit, `switch ${one.at + 1}${one.long ? ` · hold: ${one.long}` : ""}`);
    text(element.children[1], one.label);
    if (element.hue !== one.colour) element.style.setProperty("--hue-lamp", element.hue = one.colour);
  };
  /** Effects that go on or off; all without. @param {Set<string> | null} [only] */
  const paintEffects = only => {
    if (only?.size === 0) return;
    for (const plugin of store.state?.board.plugins ?? []) {
      const element = only && !only.has(plugin.instance) ? undefined : tileOf.get(plugin.instance);
      if (element) paint(element, !plugin.bypassed, plugin.bypassed ? "off" : "on");
    }
  };
  const tile = (/** @type {{ key: string }} */ { key }) => {
    const at = key.startsWith(":switch-") ? +key.slice(8) : -1;
    const element = h("button.tile", { type: "button", onclick: (/** @type {MouseEvent} */ event) => {
      if (at >= 0) return pressed(at, event.shiftKey);
      const one = store.board.plugins.find(other => other.instance === key);
      if (one) turn({ instance: key, symbol: ":bypass" }, one.bypassed ? 0 : 1);
    } }, h("span.lamp"), h("span.tile-name"), h("span.tile-note"));
    if (at >= 0) held(element, () => pressed(at, true));
    return element;
  };
  let columns = 0, shownSwitches = "";
  const drawTiles = () => {
    if (!store.state) return;
    const names = model.titles(store.board, spec), feet = switches();
    const effects = model.rows(store.board).flat().map(plugin => ({ key: plugin.instance, label: names.get(plugin.instance) ?? "", family: model.family(spec(plugin.uri)) }));
    const list = [...feet, ...effects], wanted = list.length <= 4 ? 2 : list.length <= 9 ? 3 : 4;
    if (columns !== wanted) tiles.style.setProperty("--columns", String(columns = wanted));
    tileOf.clear();
    keyed(tiles, list, one => one.key, tile, (element, one) => {
      tileOf.set(one.key, element);
      attribute(element, "data-family", one.family);
      text(element.children[1], one.label);
    });
    feet.forEach(paintSwitch);
    paintEffects();
    shownSwitches = feet.map(one => one.key).join();
    if (!list.length && !tiles.childElementCount) tiles.replaceChildren(h("div.empty", { data: { key: "empty" } }, h("p", null, "An empty board: what you play is not heard yet."),
      h("button.primary", { type: "button", onclick: () => location.hash = "#chain" }, "Build it in Chain")));
  };
  const drawPanel = () => {
    drawKnobs();
    const feet = switches();
    if (feet.map(one => one.key).join() !== shownSwitches) drawTiles();
    else feet.forEach(paintSwitch);
  };
  const drawKnobs = () => keyed(knobs, (store.panel?.controls ?? []).filter(one => one.label), (_, at) => String(at), () => h("li.knob-state", null, h("span.control-name"), h("span.number"), h("span.cost-bar")), (element, one) => {
    text(element.children[0], one.label);
    text(element.children[1], one.text);
    element.children[2].style.setProperty("--share", String(one.position));
  });
  const drawSnapshots = () => {
    const state = store.state;
    if (!state) return;
    text(snapshot, state.board.snapshot != null ? state.board.snapshots[state.board.snapshot]?.name ?? "" : "");
    keyed(snapshots, state.board.snapshots, (_, at) => String(at), () => h("button.snapshot", { type: "button" }), (element, one, at) => {
      element.onclick = () => act({ load_snapshot: { to: at } });
      attribute(element, "aria-pressed", String(at === state.board.snapshot));
      text(element, one.name);
    });
  };
  /** @type {string | null | undefined} */ let shownSong;
  const drawSongs = () => {
    const state = store.state;
    if (!state) return;
    text(now, state.board.title || "Untitled");
    const list = model.sequence(state), at = list.findIndex(one => one.bundle === state.board.bundle);
    const other = (/** @type {number} */ step) => list.length > 1 || (list.length && at < 0) ? list[((at < 0 && step < 0 ? 0 : at) + step + list.length) % list.length] : undefined;
    for (const [button, step, part] of /** @type {[any, number, number][]} */ ([[before, -1, 1], [next, 1, 0]])) {
      const one = other(step);
      text(button.children[part], one?.title ?? "");
      attribute(button, "aria-label", `${step < 0 ? "Previous" : "Next"} song${one ? `: ${one.title}` : ""}`);
      button.disabled = !one;
    }
    const { bank: chosen, banks } = state.library;
    text(bank, chosen != null ? banks[chosen]?.title ?? "All boards" : "All boards");
    const ready = new Set(state.preloaded.map(one => one.bundle));
    keyed(setlist, list, (one, index) => `${one.bundle} ${index}`, () => h("li", null, h("button.set-item", { type: "button" }, h("span.set-number.number"), h("span.set-title"), h("span.set-note"))), (element, one, index) => {
      const button = element.firstElementChild;
      button.onclick = () => act({ load_board: { bundle: one.bundle } });
      attribute(button, "aria-current", one.bundle === state.board.bundle ? "true" : null);
      text(button.children[0], String(index + 1));
      text(button.children[1], one.title);
      text(button.children[2], state.loading?.bundle === one.bundle ? "loading" : ready.has(one.bundle) ? "ready" : "");
    });
    // The song that plays is in sight, without moving anything but the list.
    const current = /** @type {HTMLElement | null} */ (state.board.bundle !== shownSong && setlist.querySelector("[aria-current]")?.parentElement || null);
    shownSong = state.board.bundle;
    if (current && setlist.scrollHeight > setlist.clientHeight) setlist.scrollTop = current.offsetTop - setlist.offsetTop - (setlist.clientHeight - current.offsetHeight) / 2;
    if (!list.length) setlist.replaceChildren(h("li.quiet", { data: { key: "empty" } }, "No boards yet. ", h("button.link", { type: "button", onclick: openBoards }, "Boards")));
  };
  const ends = [
    store.on("board specs", drawTiles),
    store.on("panel", drawPanel),
    store.on("value", changed => paintEffects(bypassed(changed))),
    store.on("board snapshots", drawSnapshots),
    store.on("board meta library", drawSongs),
    tempo.end,
  ];
  drawTiles(); drawKnobs(); drawSnapshots(); drawSongs();
  return () => ends.forEach(end => end());
}

/** Long enough to mean more than a press, in milliseconds: as at the pedal. */
const HOLD = 500;

/** Held for a moment, a switch does its other thing; with the keyboard, Shift does. @param {HTMLElement} element @param {() => void} act */
function held(element, act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  let done = false;
  element.addEventListener("pointerdown", event => {
    if (event.button > 0) return;
    done = false;
    timer = setTimeout(() => { done = true; act(); }, HOLD);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) element.addEventListener(end, () => clearTimeout(timer));
  element.addEventListener("click", event => { if (done) { done = false; event.stopImmediatePropagation(); } }, { capture: true });
  element.addEventListener("contextmenu", event => event.preventDefault());
}

/** As if the pedal's own switch were pressed, or held. @param {number} at @param {boolean} hold */
function pressed(at, hold) {
  post("/api/press", { switch: at, hold }).catch(error => toast(error.message, "error"));
}
