// Boards, banks and setlists: choose, save, copy, bring in and take out.

import { fetchSpec, get, post, send } from "./api.js";
import { attribute, h, icon, iconButton, keyed, text } from "./dom.js";
import { act, ask } from "./link.js";
import * as model from "./model.js";
import { openNotes } from "./notes.js";
import { openFiles } from "./files.js";
import { openVersions } from "./versions.js";
import { openSettings, openKeys } from "./settings.js";
import { line, menu, sheet, sure, toast } from "./sheet.js";
import { store } from "./store.js";
import { openSnapshots } from "./snapshots.js";
import { openTuner } from "./tuner.js";

/** @typedef {import("./types").BoardEntry} BoardEntry */

/** Saves the board where it is; asks for a title when it has none. */
export async function saveBoard() {
  if (!store.state?.board.bundle && !store.state?.board.title) return saveAs();
  const done = await act({ save_board: { title: null, as_new: false } });
  if (done?.saved) toast(`${done.saved.title} saved`);
}

/** Saves under a title, as a new board. */
export async function saveAs() {
  const title = await line("Save the board as", store.state?.board.title ?? "", "Save", "Title");
  if (!title) return;
  const done = await act({ save_board: { title, as_new: true } });
  if (done?.saved) toast(`${done.saved.title} saved`);
}

/** What else can be done. */
export function boardMenu() {
  const edit = store.mayEdit, recording = store.state?.recorder.file;
  // What the head of the page has room for on a larger screen only.
  const narrow = matchMedia("(max-width: 760px)").matches, history = store.state?.history;
  menu("Board", [
    narrow && edit && store.state?.unsaved && { text: "Save", act: saveBoard },
    narrow && edit && !!history?.redo && { text: `Redo: ${history?.redo}`, act: () => act("redo") },
    matchMedia("(max-width: 480px)").matches && { text: "Tuner", act: openTuner },
    edit && { text: "Save as …", act: saveAs },
    edit && { text: "New board", act: newBoard },
    { text: "Snapshots", act: openSnapshots },
    { text: "Notes", act: openNotes },
    edit && { text: "Versions", act: openVersions },
    edit && { text: recording ? "End the recording" : "Record what is heard", act: async () => {
      const done = await act({ record: !recording });
      if (done?.recording) toast(recording ? `Recorded: ${done.recording.split("/").pop()}` : "Recording");
    } },
    { text: "Files", act: openFiles },
    !!store.state?.board.bundle && { text: "Export this board", act: () => exports(store.state?.board.title ?? "", store.state?.board.bundle ?? "") },
    edit && { text: "Import a board", act: importBoard },
    { text: "Keys", act: openKeys },
    { text: "Settings", act: openSettings },
  ]);
}

async function newBoard() {
  if (store.state?.unsaved && !await sure("New board", "The present board is not saved. An automatic version of it stays.", "New board")) return;
  await act("new_board");
}

/** With or without the files that the board uses. @param {string} title @param {string} bundle */
function exports(title, bundle) {
  const download = (/** @type {string} */ route) => h("a", { href: `${route}?bundlepath=${encodeURIComponent(bundle)}`, download: "" }).click();
  menu(`Export ${title || "the board"}`, [
    { text: "With its models, cabinets and samples", note: ".board.tar.zst", act: () => download("/api/board/export") },
    { text: "The board alone, for mod-ui", note: ".tar.gz", act: () => download("/pedalboard/pack_bundle/") },
  ]);
}

function importBoard() {
  const field = h("input", { type: "file", accept: ".gz,.tgz,.zst,application/gzip,application/zstd", onchange: () => field.files[0] && bringIn(field.files[0]) });
  field.click();
}

/** A packed board comes, plays, and says what it misses. @param {File} file */
async function bringIn(file) {
  const share = (/** @type {number} */ share) => toast(`Sending ${file.name}: ${(share * 100).toFixed(0)} %`);
  try {
    if (!/\.zst$/i.test(file.name)) {
      await send("/pedalboard/load_web/", file, share, true);
      return toast(`${file.name} is here and plays`);
    }
    const came = await send("/api/board/import", file, share);
    await ask({ load_board: { bundle: came.bundlepath } });
    const lacks = [...came.missing_plugins.map((/** @type {any} */ one) => one.name || one.uri), ...came.missing_files, ...came.problems];
    toast(lacks.length ? `${came.title} is here; it lacks ${lacks.slice(0, 4).join(", ")}${lacks.length > 4 ? ` and ${lacks.length - 4} more` : ""}` : `${came.title} is here and plays`, lacks.length ? "warning" : "info");
  } catch (error) { toast(/** @type {Error} */ (error).message, "error"); }
}

/** Deletes a board with a way back: it is packed first, with its files' names and its places in banks. @param {BoardEntry} one */
async function removeBoard(one) {
  const banks = structuredClone(store.state?.library.banks ?? []);
  /** @type {Blob | null} */ let packed = null;
  try {
    const answer = await fetch(`/api/board/export?bundlepath=${encodeURIComponent(one.bundle)}`);
    if (answer.ok) packed = await answer.blob();
  } catch { /* without a copy it is asked */ }
  if (!packed && !await sure(`Delete ${one.title}?`, "The board cannot be packed, so it cannot be brought back.", "Delete")) return;
  if (await act({ remove_board: { bundle: one.bundle } }) === undefined) return;
  const kept = packed;
  toast(`${one.title} deleted`, "info", kept ? { text: "Undo", act: async () => {
    try {
      const back = await send("/api/board/import", kept, () => {});
      if (banks.some(bank => bank.boards.includes(one.bundle))) await ask({ set_banks: banks.map(bank => ({ ...bank, boards: bank.boards.map(other => other === one.bundle ? back.bundlepath : other) })) });
      toast(`${one.title} is back`);
    } catch (error) { toast(/** @type {Error} */ (error).message, "error"); }
  } } : undefined);
}

/** The list of boards, searched; touch one to play it. */
export function openBoards() {
  const search = h("input", { type: "search", "aria-label": "Search boards", placeholder: "Search boards", autocomplete: "off", oninput: draw });
  const list = h("ul.board-list", { role: "list" }), banks = h("div.kinds", { role: "group", "aria-label": "Bank" });
  const end = store.on("library meta board", draw);
  const box = sheet("Boards", [h("div.shelf-head", null, h("span.search", null, icon("search"), search), banks), list,
    h("div.row", null, store.mayEdit ? h("button", { type: "button", onclick: () => { box.close(); newBoard(); } }, "New board") : null,
      store.mayEdit ? h("button", { type: "button", onclick: () => { box.close(); openBank(); } }, "Banks and setlists") : null,
      store.mayEdit ? h("button", { type: "button", onclick: importBoard }, "Import") : null)],
  { wide: true, onclose: end });
  function draw() {
    const state = store.state;
    if (!state) return;
    keyed(banks, [null, ...state.library.banks.keys()], at => String(at), () => h("button.kind", { type: "button" }), (element, at) => {
      text(element, at == null ? "All boards" : state.library.banks[at].title);
      attribute(element, "aria-pressed", String(state.library.bank === at));
      element.onclick = () => act({ select_bank: at });
    });
    const word = search.value.toLowerCase();
    const all = state.library.bank == null ? state.library.boards : model.sequence(state);
    keyed(list, all.filter(one => one.title.toLowerCase().includes(word)), (one, at) => `${one.bundle} ${at}`,
      () => h("li.with-tool", null, h("button.menu-item", { type: "button" }, h("span.set-title"), h("small")), iconButton("dots", "More", () => {})), (element, one) => {
        const [button, more] = element.children;
        text(button.firstElementChild, one.title);
        const loud = state.loudness[one.bundle]?.difference;
        text(button.lastElementChild, [one.broken ? "a plugin of it is missing" : "", one.factory ? "factory" : "", state.preloaded.some(other => other.bundle === one.bundle) ? "ready" : "",
          loud != null && Math.abs(loud) >= 1 ? `${loud > 0 ? "+" : ""}${loud.toFixed(1)} dB to the others` : ""].filter(Boolean).join(" · "));
        attribute(button, "aria-current", one.bundle === state.board.bundle ? "true" : null);
        button.onclick = async () => { if (await act({ load_board: { bundle: one.bundle } }) !== undefined) box.close(); };
        attribute(more, "aria-label", `More about ${one.title}`);
        more.onclick = () => entryMenu(one);
      });
    if (!list.childElementCount) list.append(h("li.quiet", { data: { key: "none" } }, "No boards here."));
  }
  draw();
}

/** A board's plugins, without loading it. @param {BoardEntry} one */
async function look(one) {
  const body = h("div", null, h("p.quiet", null, "…"));
  sheet(one.title, body);
  try {
    const info = await get(`/pedalboard/info/?bundlepath=${encodeURIComponent(one.bundle)}`);
    const named = await Promise.all(info.plugins.map((/** @type {{ uri: string }} */ plugin) => fetchSpec(plugin.uri)));
    body.replaceChildren(
      named.length ? h("ul.menu.inside", { role: "list" }, named.map((found, at) => h("li", { data: { family: model.family(found) } }, h("span.lamp"), h("span.set-title", null, found.label || found.name),
        h("small", null, found.unknown ? "not installed" : info.plugins[at].bypassed ? "off" : found.brand)))) : h("p.quiet", null, "It is empty: nothing is heard."),
      h("div.row", null, h("button.primary", { type: "button", onclick: () => act({ load_board: { bundle: one.bundle } }) }, "Play it")));
  } catch (error) { body.replaceChildren(h("p.quiet", null, /** @type {Error} */ (error).message)); }
}

/** Gives a board another title; the one that plays is saved with it. @param {BoardEntry} one */
async function rename(one) {
  const title = await line("Rename the board", one.title, "Rename", "Title");
  if (!title || title === one.title) return;
  if (one.bundle === store.state?.board.bundle) {
    const done = await act({ save_board: { title, as_new: false } });
    if (done?.saved) toast(`${title} saved`);
  } else post("/api/board/rename", { bundle: one.bundle, title }).catch(error => toast(error.message, "error"));
}

/** @param {BoardEntry} one */
function entryMenu(one) {
  menu(one.title, [
    { text: "What is in it", act: () => look(one) },
    store.mayEdit && !one.factory && { text: "Rename", act: () => rename(one) },
    { text: "Export", act: () => exports(one.title, one.bundle) },
    store.mayEdit && { text: "Make a copy", act: async () => {
      const title = await line("Copy of the board", `${one.title} copy`, "Copy", "Title");
      if (title) get(`/pedalboard/factorycopy/?bundlepath=${encodeURIComponent(one.bundle)}&title=${encodeURIComponent(title)}`).catch(error => toast(error.message, "error"));
    } },
    store.mayEdit && { text: "Measure how loud it is", act: () => act({ measure_loudness: { bundles: [one.bundle] } }) },
    store.mayEdit && !one.factory && { text: "Delete", danger: true, act: () => removeBoard(one) },
  ]);
}

/** Banks: make, name, order, fill. */
export function openBank() {
  const body = h("div.banks");
  const end = store.on("library", draw);
  sheet("Banks and setlists", body, { wide: true, onclose: end });
  const save = async (/** @type {any[]} */ banks) => {
    try { await ask({ set_banks: banks }); } catch (error) { toast(/** @type {Error} */ (error).message, "error"); }
  };
  function draw() {
    const state = store.state;
    if (!state) return;
    const banks = structuredClone(state.library.banks), boards = state.library.boards;
    const swap = (/** @type {any[]} */ list, /** @type {number} */ a, /** @type {number} */ b) => { [list[a], list[b]] = [list[b], list[a]]; save(banks); };
    body.replaceChildren(
      h("button.menu-item", { type: "button", "aria-current": state.library.bank == null ? "true" : null, onclick: () => act({ select_bank: null }) }, "All boards"),
      ...banks.map((bank, at) => h("details.bank-part", { open: state.library.bank === at },
        h("summary", null, bank.title, h("small", null, ` ${bank.boards.length} boards`)),
        h("div.row", null,
          h("button", { type: "button", "aria-pressed": String(state.library.bank === at), onclick: () => act({ select_bank: at }) }, state.library.bank === at ? "Playing this" : "Play this"),
          store.mayEdit && h("button", { type: "button", onclick: async () => { const title = await line("Name of the bank", bank.title); if (title) { bank.title = title; save(banks); } } }, "Rename"),
          store.mayEdit && h("button.danger", { type: "button", onclick: async () => {
            const before = structuredClone(banks);
            banks.splice(at, 1);
            await save(banks);
            toast(`${bank.title} deleted`, "info", { text: "Undo", act: () => save(before) });
          } }, "Delete")),
        h("ol.bank-boards", null, bank.boards.map((bundle, place) => h("li.with-tool", null, h("span.set-title", null, boards.find(one => one.bundle === bundle)?.title ?? bundle),
          store.mayEdit && [iconButton("up", "Earlier", () => place > 0 && swap(bank.boards, place, place - 1)),
            iconButton("down", "Later", () => place < bank.boards.length - 1 && swap(bank.boards, place, place + 1)),
            iconButton("close", "Take out", () => { bank.boards.splice(place, 1); save(banks); })]))),
        store.mayEdit && h("div.row", null, h("label.hidden", { for: `add-${at}` }, "Board to add"), h("select", { id: `add-${at}` }, boards.filter(one => !one.broken).map(one => h("option", { value: one.bundle }, one.title))),
          h("button", { type: "button", onclick: (/** @type {any} */ event) => { const chosen = event.target.parentElement.querySelector("select").value; if (chosen) { bank.boards.push(chosen); save(banks); } } }, "Add")))),
      store.mayEdit ? h("button.primary", { type: "button", onclick: async () => { const title = await line("New bank", ""); if (title) { banks.push({ title, boards: [] }); save(banks); } } }, "New bank") : "",
    );
  }
  draw();
}

