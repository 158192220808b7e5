// The panel of a plugin: its controls, presets, files, where it can be bypassed and taken off.

import { fetchSpec, get, spec } from "./api.js";
import { assign, badgeText } from "./assign.js";
import { control } from "./dial.js";
import { attribute, h, iconButton, text } from "./dom.js";
import { chooseFile } from "./files.js";
import { percent } from "./format.js";
import { act, turn } from "./link.js";
import * as model from "./model.js";
import { line, menu, sheet, sure, toast } from "./sheet.js";
import { skin } from "./skin.js";
import { store } from "./store.js";

/** @typedef {import("./types").Plugin} Plugin @typedef {import("./types").Spec} Spec */

/** @param {string} instance @returns {Plugin | undefined} */
const find = instance => store.state?.board.plugins.find(plugin => plugin.instance === instance);

/** @param {import("./types").Control} one */
const visible = one => !one.hidden && !/enabled|freeWheeling|beatsPer/.test(one.designation);

/**
 * Makes the panel. @param {string} instance @param {{ onclose?: () => void, select?: (instance: string) => void }} [options]
 * @returns {{ element: HTMLElement, end: () => void }}
 */
export function panel(instance, options = {}) {
  const plugin = /** @type {Plugin} */ (find(instance));
  const place = h("div.controls");
  const bypass = h("button.stomp", { type: "button", "aria-label": "On", onclick: () => {
    const now = find(instance);
    if (now) turn({ instance, symbol: ":bypass" }, now.bypassed ? 0 : 1);
  } }, h("span.lamp"));
  const cost = h("span.cost");
  const preset = h("button.preset", { type: "button", onclick: () => presets(instance) }, "Presets");
  const fault = h("p.fault", { role: "alert", hidden: true });
  const heading = h("h2.panel-title", null, model.title(store.board, plugin, spec(plugin.uri)));
  const element = h("section.panel", { "aria-label": plugin.instance, data: { family: model.family(spec(plugin.uri)) } },
    h("header.panel-head", null, bypass, h("div.panel-names", null, heading, cost), preset,
      iconButton("dots", "More", () => more(instance, options)),
      options.onclose ? iconButton("close", "Close the panel", options.onclose) : null),
    fault, place);
  /** @type {Map<string, { update: () => void, badge?: (what: string) => void }>} */ const made = new Map();
  const live = [
    store.on("value", changed => { if (!changed.size) return all(); for (const name of changed) { const [one, symbol] = split(name); if (one === instance) made.get(symbol)?.update(); } state(); }),
    store.on("board snapshots bindings preset parameter online", all),
    store.on("health", state),
  ];
  function state() {
    const now = find(instance);
    if (!now) return;
    attribute(bypass, "aria-pressed", String(!now.bypassed));
    element.classList.toggle("bypassed", now.bypassed);
    const taken = store.state?.health.plugins[instance];
    text(cost, taken ? `${percent(taken.percent)} · p99 ${taken.p99_us.toFixed(0)} µs${taken.latency_frames ? ` · ${taken.latency_frames} frames late` : ""}` : "");
    fault.hidden = !taken?.cut_off;
    if (taken?.cut_off && !fault.childElementCount) fault.replaceChildren("The engine has bypassed it after a fault. ",
      h("button", { type: "button", onclick: () => act({ reenable: { instance } }) }, "Take it back"));
  }
  function all() {
    const now = find(instance);
    if (!now) return;
    state();
    for (const [symbol, one] of made) {
      one.update();
      const driven = model.driver(store.board, instance, symbol);
      one.badge?.(driven ? badgeText(driven) : "");
    }
    const known = spec(now.uri)?.presets.find(([uri]) => uri === now.preset);
    text(preset, known ? known[1] : "Presets");
    for (const one of place.querySelectorAll(".file-choice")) {
      const value = now.parameters[/** @type {HTMLElement} */ (one).dataset.uri ?? ""]?.text;
      text(/** @type {Element} */ (one.querySelector(".file-name")), value ? value.split("/").pop() ?? "" : "none");
    }
  }
  fetchSpec(plugin.uri).then(found => {
    element.dataset.family = model.family(found);
    text(heading, model.title(store.board, plugin, found));
    fill(place, instance, found, made);
    all();
  });
  all();
  return { element, end: () => live.forEach(end => end()) };
}

/** @param {string} name */
const split = name => { const at = name.lastIndexOf("/"); return [name.slice(0, at), name.slice(at + 1)]; };

/** @param {HTMLElement} place @param {string} instance @param {Spec} spec @param {Map<string, any>} made */
function fill(place, instance, spec, made) {
  if (spec.unknown) {
    place.append(h("p.quiet", null, "This plugin is not installed here. What is stored of it stays; the sound passes."));
    return;
  }
  if (spec.skin) place.append(skin(instance, spec));
  for (const parameter of spec.parameters.filter(one => one.writable && one.kind === "p")) {
    place.append(h("div.file-choice", { data: { uri: parameter.uri } },
      h("span.control-name", null, parameter.label), h("span.file-name", null, "none"),
      h("button.edit", { type: "button", onclick: () => chooseFile(parameter.label, parameter.file_types, path =>
        act({ set_parameter: { instance, uri: parameter.uri, kind: "p", value: path } })) }, "Choose")));
  }
  const grid = h("div.control-grid");
  for (const one of spec.controls.filter(visible)) {
    const value = () => find(instance)?.values[one.symbol] ?? one.default;
    const item = control(instance, one, value, () => assign(instance, one));
    made.set(one.symbol, item);
    grid.append(item.element);
  }
  if (!grid.childElementCount && !place.childElementCount) place.append(h("p.quiet", null, "This plugin has nothing to turn."));
  place.append(grid);
}

/** @param {string} instance @param {any} options */
function more(instance, options) {
  const plugin = find(instance);
  if (!plugin) return;
  const board = store.board, specs = spec, edit = store.mayEdit;
  menu(model.title(board, plugin, spec(plugin.uri)), [
    edit && { text: "Assign the footswitch or MIDI to on/off", act: () => assign(instance, BYPASS) },
    edit && { text: "Duplicate", act: async () => {
      const { edits } = model.duplicate(board, specs, [instance]);
      await act({ arrange: { label: `duplicate ${plugin.instance}`, edits } });
    } },
    { text: "All controls to their defaults", act: () => act({ set_many: {
      values: (spec(plugin.uri)?.controls ?? []).filter(visible).map(one => [{ instance, symbol: one.symbol }, one.default]) } }) },
    { text: "About this plugin", act: () => about(plugin.uri) },
    edit && { text: "Take off the board", danger: true, act: () => takeOff([instance], options.onclose) },
  ]);
}

/** @type {import("./types").Control} */
export const BYPASS = { symbol: ":bypass", name: "On / off", short_name: "", min: 0, max: 1, default: 0, kind: "toggle", scale_points: [], unit: "", render: "", designation: "", tap_tempo: false, hidden: false, steps: 0 };

/** Takes plugins off, with a way back. @param {string[]} instances @param {() => void} [after] */
export async function takeOff(instances, after) {
  const board = store.board;
  const names = instances.map(one => { const plugin = find(one); return plugin ? model.title(board, plugin, spec(plugin.uri)) : one; });
  const done = await act({ arrange: { label: `remove ${names.join(", ")}`, edits: model.removal(board, spec, instances) } });
  if (done === undefined) return;
  after?.();
  toast(`${names.join(", ")} taken off`, "info", { text: "Undo", act: () => act("undo") });
}

/** @param {string} uri */
async function about(uri) {
  const found = await fetchSpec(uri);
  sheet(found.name, [h("p", null, found.comment || "It says nothing about itself."), h("dl.facts", null,
    h("dt", null, "Maker"), h("dd", null, found.brand || "unknown"),
    h("dt", null, "Kind"), h("dd", null, found.categories.join(", ") || "unknown"),
    h("dt", null, "Address"), h("dd.break", null, found.uri))]);
}

/** @param {string} instance */
async function presets(instance) {
  const plugin = find(instance);
  if (!plugin) return;
  const found = await fetchSpec(plugin.uri, true);
  const list = h("ul.menu", { role: "list" });
  const box = sheet("Presets", [list, store.mayEdit ? h("button.primary", { type: "button", onclick: async () => {
    const name = await line("Store as a preset", "");
    if (!name) return;
    try {
      await get(`/effect/preset/save_new//graph/${instance}?name=${encodeURIComponent(name)}`);
      await fetchSpec(plugin.uri, true);
      box.close();
      toast(`Preset ${name} stored`);
    } catch (error) { toast(/** @type {Error} */ (error).message, "error"); }
  } }, "Store the present sound") : null]);
  if (!found.presets.length) list.append(h("li.quiet", null, "No presets yet."));
  for (const [uri, label] of found.presets) {
    const own = uri.startsWith("file://") && found.bundles[uri];
    list.append(h("li.with-tool", null,
      h("button.menu-item", { type: "button", disabled: !store.mayEdit, "aria-current": uri === plugin.preset ? "true" : null, onclick: async () => {
        box.close();
        await act({ load_preset: { instance, uri } });
      } }, label),
      own && store.mayEdit ? iconButton("trash", `Delete ${label}`, async (/** @type {any} */ event) => {
        const place = event.target.closest("li");
        if (!await sure(`Delete ${label}?`, "The preset cannot be brought back. Boards that use it keep their sound.", "Delete")) return;
        const bundle = own.replace(/\/[^/]*\.ttl$/, "");
        try {
          await get(`/effect/preset/delete//graph/${instance}?bundle=${encodeURIComponent(bundle)}&uri=${encodeURIComponent(uri)}`);
          place.remove();
        } catch (error) { toast(/** @type {Error} */ (error).message, "error"); }
      }) : null));
  }
}
