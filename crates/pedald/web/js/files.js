// The player's files: send, listen, rename, delete and bring back; choose one for a plugin.

import { get, post, send } from "./api.js";
import { hasStore, openStore, putIntoStore } from "./assets.js";
import { h, icon, iconButton, text } from "./dom.js";
import { size, when } from "./format.js";
import { line, sheet, toast } from "./sheet.js";
import { store } from "./store.js";

/** @typedef {{ kind: string, folder: string, extensions: string[], files: { name: string, size: number, time: number | null }[] }} Folder */

const SOUND = /\.(wav|flac|ogg|oga|mp3|aif|aiff|opus|m4a)$/i;
const url = (/** @type {string} */ path) => `/api/file?path=${encodeURIComponent(path)}`;
const failed = (/** @type {any} */ error) => toast(error.message, "error");

export function openFiles() { browse("Files", [], null); }

/** Lets the player choose a file of these kinds. @param {string} title @param {string[]} kinds @param {(path: string) => void} choose */
export function chooseFile(title, kinds, choose) { browse(title, kinds, choose); }

/** @param {string} title @param {string[]} kinds @param {((path: string) => void) | null} choose */
function browse(title, kinds, choose) {
  const list = h("div.folders"), search = h("input", { type: "search", "aria-label": "Search files", placeholder: "Search files", autocomplete: "off", oninput: draw });
  /** @type {{ root: string, folders: Folder[] }} */ let found = { root: "", folders: [] };
  let first = true;
  const load = () => get("/api/files").then(value => { found = value; draw(); }, failed);
  const end = store.on("files", load);
  const fromStore = hasStore() && h("button", { type: "button", onclick: () => openStore(found.folders.filter(one => !kinds.length || kinds.includes(one.kind))) }, "Asset store");
  const box = sheet(title, [h("div.shelf-head.with-kind", null, h("span.search", null, icon("search"), search), fromStore), list], { wide: true, onclose: end });
  load();

  function draw() {
    const word = search.value.toLowerCase();
    const folders = found.folders.filter(one => !kinds.length || kinds.includes(one.kind));
    const wanted = kinds.length ? folders : folders.filter(one => one.files.length || ["nammodel", "cabsim", "ir", "audiosample", "aidadspmodel", "audiorecording"].includes(one.kind));
    const open = new Set([...list.querySelectorAll("details[open]")].map(one => /** @type {HTMLElement} */ (one).dataset.kind));
    list.replaceChildren(...wanted.map(folder => part(folder, folder.files.filter(one => one.name.toLowerCase().includes(word)), word !== "" || open.has(folder.kind) || first && (kinds.length > 0 || folder.files.length > 0))));
    if (found.root) first = false;
  }

  /** @param {Folder} folder @param {Folder["files"]} files @param {boolean} open */
  function part(folder, files, open) {
    const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Progress" });
    const field = h("input", { type: "file", multiple: true, hidden: true, accept: folder.extensions.map(one => `.${one}`).join(","), onchange: () => upload([...field.files]) });
    const upload = async (/** @type {File[]} */ list) => {
      progress.hidden = false;
      for (const [at, file] of list.entries()) {
        try {
          await send(`/api/files/upload?path=${encodeURIComponent(`${folder.folder}/${file.name}`)}`, file, share => { progress.value = (at + share) / list.length; });
          toast(`${file.name} is on the pedal`);
        } catch (error) { failed(error); }
      }
      progress.hidden = true;
      load();
    };
    return h("details.folder", { open, data: { kind: folder.kind }, ondragover: (/** @type {DragEvent} */ event) => event.preventDefault(), ondrop: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      if (event.dataTransfer?.files.length) upload([...event.dataTransfer.files]);
    } }, h("summary", null, folder.folder, h("small", null, ` ${folder.files.length}`)),
    store.mayEdit ? h("div.row", null, h("button", { type: "button", onclick: () => field.click() }, "Send files"), field, progress, h("small.quiet", null, folder.extensions.slice(0, 6).join(", "))) : null,
    h("ul.file-list", { role: "list" }, files.map(file => row(folder, file))));
  }

  /** @param {Folder} folder @param {Folder["files"][0]} file */
  function row(folder, file) {
    const path = `${folder.folder}/${file.name}`;
    const about = h("div.file-about", { hidden: true });
    const main = h("button.menu-item", { type: "button", onclick: () => {
      if (choose) { choose(`${found.root}/${path}`); box.close(); } else look();
    } }, h("span.set-title", null, file.name), h("small", null, [size(file.size), file.time ? when(file.time) : ""].filter(Boolean).join(" · ")));
    const look = () => {
      about.hidden = !about.hidden;
      if (about.childElementCount) return;
      preview(about, path, file);
      about.append(h("div.row", null, h("a.button", { href: url(path), download: file.name.split("/").pop() }, "Take it to this device"),
        hasStore() && store.mayEdit ? h("button", { type: "button", onclick: () => putIntoStore(path) }, "Put into the asset store") : null));
    };
    return h("li", null, h("div.with-tool", null, main,
      iconButton("play", `Preview ${file.name}`, look),
      store.mayEdit ? iconButton("note", `Rename ${file.name}`, async () => {
        const name = await line("Rename the file", file.name);
        if (name && name !== file.name) post("/api/files/rename", { from: path, to: `${folder.folder}/${name}` }).then(load, failed);
      }) : null,
      store.mayEdit ? iconButton("trash", `Delete ${file.name}`, () => post("/api/files/delete", { path }).then(gone => {
        load();
        toast(`${file.name} deleted`, "info", { text: "Undo", act: () => post("/api/files/restore", gone).then(load, failed) });
      }, failed)) : null), about);
  }
}

/** What can be seen or heard of a file. @param {HTMLElement} all @param {string} path @param {{ name: string, size: number }} file */
async function preview(all, path, file) {
  const place = h("div");
  all.prepend(place);
  if (SOUND.test(file.name)) {
    place.append(h("audio", { controls: true, src: url(path), preload: "metadata" }));
    return wave(place, path, file.size);
  }
  if (/\.(nam|aidax|json)$/i.test(file.name) && file.size < 40e6) {
    const said = h("dl.facts");
    place.append(said);
    try {
      const model = await (await fetch(url(path))).json();
      const facts = { Kind: model.architecture ?? model.model_type, Version: model.version, Name: model.metadata?.name, "Modelled by": model.metadata?.modeled_by, Gear: model.metadata?.gear_type, Loudness: model.metadata?.loudness && `${model.metadata.loudness.toFixed(1)} dB`, "Sample rate": model.sample_rate && `${model.sample_rate} Hz`, Weights: model.weights?.length };
      for (const [name, value] of Object.entries(facts)) if (value != null) said.append(h("dt", null, name), h("dd", null, String(value)));
    } catch { said.append(h("dd", null, "This file cannot be read as a model.")); }
    return;
  }
}

/** The shape of a short sound. @param {HTMLElement} place @param {string} path @param {number} bytes */
async function wave(place, path, bytes) {
  if (bytes > 4e6) return;
  const canvas = h("canvas.wave", { width: 640, height: 72, role: "img", "aria-label": "Shape of the sound" });
  const note = h("small.quiet");
  place.append(canvas, note);
  try {
    const context = new OfflineAudioContext(1, 1, 48_000);
    const sound = await context.decodeAudioData(await (await fetch(url(path))).arrayBuffer());
    const samples = sound.getChannelData(0), pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.fillStyle = getComputedStyle(canvas).color;
    const step = Math.max(1, Math.floor(samples.length / 640));
    for (let x = 0; x < 640; x++) {
      let peak = 0;
      for (let at = x * step; at < (x + 1) * step && at < samples.length; at++) peak = Math.max(peak, Math.abs(samples[at]));
      pen.fillRect(x, 36 - peak * 34, 1, Math.max(1, peak * 68));
    }
    text(note, `${sound.duration.toFixed(2)} s, ${sound.numberOfChannels} channels`);
  } catch { canvas.remove(); }
}
