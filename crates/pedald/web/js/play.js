// Play: what the foot does, big enough to read standing. Tiles show what the pedal's own display and lamps show.

import { spec } from "./api.js";
import { attribute, h, icon, iconButton, keyed, text } from "./dom.js";
import { act, turn } from "./link.js";
import { openBoards, openBank } from "./boards.js";
import * as model from "./model.js";
import { bypassed, store } from "./store.js";
import { tempoPart } from "./tempo.js";

/** @param {HTMLElement} view @returns {() => void} */
export function play(view) {
  const now = h("h1.song", null, ""), snapshot = h("p.song-snapshot", null, "");
  const before = h("button.song-step.previous", { type: "button", "aria-label": "Previous song", onclick: () => act({ step_board: "previous" }) }, icon("left"), h("span"));
  const next = h("button.song-step.next", { type: "button", "aria-label": "Next song", onclick: () => act({ step_board: "next" }) }, h("span"), icon("right"));
  const snapshots = h("div.snapshots", { role: "group", "aria-label": "Snapshots" });
  const tiles = h("div.tiles", { role: "group", "aria-label": "Footswitches and effects" });
  const setlist = h("ol.setlist"), bank = h("button.bank", { type: "button", onclick: openBank }, "All boards");
  const tempo = tempoPart();
  view.className = "play";
  view.replaceChildren(
    h("section.stage", { "aria-label": "Song" }, before, h("div.song-middle", null, now, snapshot), next),
    h("div.play-body", null,
      h("div.play-main", null, snapshots, tiles),
      h("aside.play-side", { "aria-label": "Tempo and setlist" }, tempo.element,
        h("section.set", { "aria-label": "Setlist" }, h("header", null, h("h2", null, "Setlist"), bank), setlist))),
  );

  const tileList = () => {
    const { panel, board } = store;
    /** @type {{ key: string, number: number | null, label: string, long: string, lit: boolean, colour: string | null, family: string, act: () => void }[]} */
    const list = (panel?.footswitches ?? []).map((one, at) => ({ ...one, at })).filter(one => one.label).map(({ at, ...one }) => ({
      key: `switch-${at}`, number: at + 1, label: one.label, long: one.long, lit: one.lit, colour: one.colour, family: "utility",
      act: () => pressed(at) }));
    const names = model.titles(board, spec);
    for (const plugin of board.plugins) {
      const found = spec(plugin.uri);
      list.push({ key: plugin.instance, number: null, label: names.get(plugin.instance) ?? "", long: "", lit: !plugin.bypassed, colour: null, family: model.family(found),
        act: () => { const one = store.board.plugins.find(other => other.instance === plugin.instance); if (one) turn({ instance: plugin.instance, symbol: ":bypass" }, one.bypassed ? 0 : 1); } });
    }
    return list;
  };
  const drawTiles = () => {
    if (!store.state) return;
    const order = new Map(model.rows(store.board).flat().map((plugin, at) => [plugin.instance, at]));
    const at = (/** @type {{ number: number | null, key: string }} */ one) => one.number ? -1 : order.get(one.key) ?? 0;
    const list = tileList().sort((a, b) => at(a) - at(b));
    tiles.style.setProperty("--columns", String(list.length <= 4 ? 2 : list.length <= 9 ? 3 : 4));
    keyed(tiles, list, one => one.key, one => h("button.tile", { type: "button", onclick: one.act }, h("span.lamp"), h("span.tile-name"), h("span.tile-note")), (element, one) => {
      attribute(element, "aria-pressed", String(one.lit));
      attribute(element, "data-family", one.family);
      if (one.colour && element.style.getPropertyValue("--hue-lamp") !== one.colour) element.style.setProperty("--hue-lamp", one.colour);
      text(element.children[1], one.label);
      text(element.children[2], one.number ? `switch ${one.number}${one.long ? ` · hold: ${one.long}` : ""}` : one.lit ? "on" : "off");
    });
    if (!list.length && !tiles.childElementCount) tiles.replaceChildren(h("div.empty", { data: { key: "empty" } }, h("p", null, "An empty board: what you play is not heard yet."),
      h("button.primary", { type: "button", onclick: () => location.hash = "#chain" }, "Build it in Chain")));
  };
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
    if (!list.length) setlist.replaceChildren(h("li.quiet", { data: { key: "empty" } }, "No boards yet. ", h("button.link", { type: "button", onclick: openBoards }, "Boards")));
  };
  const ends = [
    store.on("board panel specs", drawTiles),
    store.on("value", changed => { if (bypassed(changed)?.size !== 0) drawTiles(); }),
    store.on("board snapshots", drawSnapshots),
    store.on("board meta library", drawSongs),
    tempo.end,
  ];
  drawTiles(); drawSnapshots(); drawSongs();
  return () => ends.forEach(end => end());
}

/** As if the pedal's own switch were pressed. @param {number} at */
async function pressed(at) {
  const { post } = await import("./api.js");
  const { toast } = await import("./sheet.js");
  post("/api/press", { switch: at }).catch(error => toast(error.message, "error"));
}
