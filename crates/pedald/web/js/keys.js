// Keys that work everywhere.

import { openBoards, saveBoard } from "./boards.js";
import { act } from "./link.js";
import { sheetOpen } from "./sheet.js";
import { openTuner } from "./tuner.js";

/** @param {(zoom: "play" | "chain" | "graph") => void} zoom */
export function keys(zoom) {
  addEventListener("keydown", event => {
    const place = /** @type {HTMLElement} */ (event.target);
    if (sheetOpen() || place.closest?.("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
    const done = () => event.preventDefault();
    if (command && key === "z") { done(); act(event.shiftKey ? "redo" : "undo"); }
    else if (command && key === "y") { done(); act("redo"); }
    else if (command && key === "s") { done(); saveBoard(); }
    else if (command || event.altKey) return;
    else if (key === "1" || key === "2" || key === "3") zoom(/** @type {const} */ (["play", "chain", "graph"])[+key - 1]);
    else if (key === "n") act({ step_board: "next" });
    else if (key === "p") act({ step_board: "previous" });
    else if (key === "t") openTuner();
    else if (key === "b") openBoards();
    else if (key === "a") /** @type {HTMLElement | null} */ (document.querySelector(".shelf-drawer input") ?? document.querySelector(".rail .plus"))?.focus();
  });
}
