// The head of the page: which board, which zoom, what can be taken back.

import { openBoards, saveBoard, boardMenu } from "./boards.js";
import { attribute, h, iconButton, text, icon } from "./dom.js";
import { act } from "./link.js";
import { openTuner } from "./tuner.js";
import { store } from "./store.js";

/** @typedef {"play" | "chain" | "graph"} Zoom */
const ZOOMS = /** @type {[Zoom, string][]} */ ([["play", "Play"], ["chain", "Chain"], ["graph", "Graph"]]);

/** @param {HTMLElement} place @param {(zoom: Zoom) => void} zoom */
export function top(place, zoom) {
  const title = h("span.board-name", null, "…"), note = h("span.board-note", null, "");
  const board = h("button.board", { type: "button", "aria-haspopup": "dialog", onclick: openBoards }, title, note);
  const undo = iconButton("undo", "Undo", () => act("undo"), { class: "icon-button edit undo" });
  const redo = iconButton("redo", "Redo", () => act("redo"), { class: "icon-button edit redo" });
  const save = iconButton("save", "Save the board", saveBoard, { class: "icon-button edit save" });
  const tabs = ZOOMS.map(([name, label]) => h("button.zoom", { type: "button", "aria-label": label, "aria-pressed": "false", data: { zoom: name }, onclick: () => zoom(name) }, icon(name), h("span", null, label)));
  place.append(
    board,
    h("nav.zooms", { "aria-label": "Zoom" }, tabs),
    h("div.tools", null, undo, redo, save, iconButton("tuner", "Tuner", openTuner), iconButton("more", "More", boardMenu)),
  );
  const draw = () => {
    const state = store.state;
    if (!state) return;
    const name = state.board.title || "Untitled";
    text(title, name);
    if (document.title !== `${name} – Pedal`) document.title = `${name} – Pedal`;
    const snapshot = state.board.snapshot != null ? state.board.snapshots[state.board.snapshot]?.name : "";
    text(note, state.loading ? `loading ${state.loading.title || "a board"} …` : [snapshot, state.unsaved ? "unsaved" : ""].filter(Boolean).join(" · "));
    const label = (/** @type {string} */ word, /** @type {string | null} */ what) => what ? `${word}: ${what}` : word;
    for (const [button, word, what] of /** @type {[any, string, string | null][]} */ ([[undo, "Undo", state.history.undo], [redo, "Redo", state.history.redo]])) {
      attribute(button, "aria-label", label(word, what));
      attribute(button, "title", label(word, what));
      button.disabled = !what || !store.mayEdit;
    }
    save.disabled = !state.unsaved || !store.mayEdit;
    place.classList.toggle("loading", !!state.loading);
    document.documentElement.classList.toggle("may-not-edit", !store.mayEdit);
  };
  store.on("meta board snapshots online", draw);
  return (/** @type {Zoom} */ now) => { for (const tab of tabs) attribute(tab, "aria-pressed", String(tab.dataset.zoom === now)); };
}
