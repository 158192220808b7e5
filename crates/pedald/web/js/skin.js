// A plugin's own face, where it brings one: its page and style in a frame that may do nothing but draw. What is turned in
// there comes out as a message; what changes goes in as one.

import { h } from "./dom.js";
import { share, valueAt } from "./format.js";
import { turn } from "./link.js";
import { store } from "./store.js";

/** @typedef {import("./types").Spec} Spec */

/** @param {string} instance @param {Spec} spec */
export function skin(instance, spec) {
  const frame = h("iframe.skin", { sandbox: "allow-scripts", title: `${spec.name}, its own face`, loading: "lazy", referrerpolicy: "no-referrer" });
  const details = h("details.skin-part", { open: localStorage.getItem("skins") !== "closed", ontoggle: () => localStorage.setItem("skins", details.open ? "open" : "closed") },
    h("summary", null, "Its own face"), frame);
  let ready = false;
  const send = () => {
    const plugin = store.state?.board.plugins.find(one => one.instance === instance);
    if (!ready || !plugin) return;
    const values = Object.fromEntries(spec.controls.map(one => [one.symbol, share(one, plugin.values[one.symbol] ?? one.default)]));
    frame.contentWindow?.postMessage({ values, bypassed: plugin.bypassed }, "*");
  };
  const heard = (/** @type {MessageEvent} */ event) => {
    if (event.source !== frame.contentWindow || typeof event.data !== "object" || !event.data) return;
    const { is, symbol, at, height, width } = event.data;
    if (is === "empty") face.then(made => frame.contentWindow?.postMessage({ face: made }, "*"), () => {});
    else if (is === "ready") {
      ready = true;
      frame.style.height = `${Math.min(900, Math.max(80, +height || 300))}px`;
      frame.style.width = `${Math.min(1400, Math.max(120, +width || 300))}px`;
      send();
    } else if (is === "turn") {
      const control = spec.controls.find(one => one.symbol === symbol);
      if (control && Number.isFinite(at)) turn({ instance, symbol }, control.kind === "toggle" ? (at > 0.5 ? control.max : control.min) : valueAt(control, at));
    } else if (is === "bypass") {
      const plugin = store.state?.board.plugins.find(one => one.instance === instance);
      if (plugin) turn({ instance, symbol: ":bypass" }, plugin.bypassed ? 0 : 1);
    }
  };
  addEventListener("message", heard);
  const live = [store.on("value board snapshots", () => {
    if (!frame.isConnected && ready) { live.forEach(end => end()); removeEventListener("message", heard); } else send();
  })];
  const face = faceOf(spec);
  face.catch(() => details.remove());
  frame.src = new URL("../skin.html", import.meta.url).pathname;
  return details;
}

/** Fills a template of the mustache kind: sections, inverted sections, values. @param {string} template @param {any} data @returns {string} */
export function fill(template, data) {
  const look = (/** @type {string} */ name) => name === "." ? data["."] ?? data : name.split(".").reduce((value, part) => value?.[part], data);
  const escape = (/** @type {any} */ value) => String(value ?? "").replace(/[&<>"']/g, one => `&#${one.charCodeAt(0)};`);
  return template
    .replace(/\{\{!.*?\}\}/gs, "")
    .replace(/\{\{([#^])\s*([\w.]+)\s*\}\}(.*?)\{\{\/\s*\2\s*\}\}/gs, (_, sign, name, inner) => {
      const value = look(name), some = Array.isArray(value) ? value.length > 0 : !!value;
      if (sign === "^") return some ? "" : fill(inner, data);
      if (!some) return "";
      return (Array.isArray(value) ? value : [value]).map(one => fill(inner, typeof one === "object" ? { ...data, ...one } : { ...data, ".": one })).join("");
    })
    .replace(/\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{&\s*([\w.]+)\s*\}\}/g, (_, a, b) => String(look(a ?? b) ?? ""))
    .replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name) => escape(look(name)));
}

/** The face as text; pictures within it, since the frame may fetch nothing. @param {Spec} spec */
async function faceOf(spec) {
  const query = `uri=${encodeURIComponent(spec.uri)}`;
  const fetched = async (/** @type {string} */ kind) => { const answer = await fetch(`/effect/file/${kind}?${query}`); return answer.ok ? answer.text() : ""; };
  const [template, style] = await Promise.all([fetched("iconTemplate"), fetched("stylesheet")]);
  if (!template) throw new Error("no template");
  const controls = spec.controls.filter(one => !one.hidden && !one.designation);
  const port = (/** @type {any} */ one) => ({ ...one, comment: "", enumeration: one.kind === "enumeration", toggled: one.kind === "toggle", integer: one.kind === "integer", trigger: one.kind === "trigger", scalePoints: one.scale_points.map((/** @type {any} */ [label, value]) => ({ label, value, valid: true })) });
  const listed = (spec.gui.ports ?? []).map((/** @type {any} */ one) => port({ ...controls.find(other => other.symbol === one.symbol), ...one, scale_points: controls.find(other => other.symbol === one.symbol)?.scale_points ?? [] }));
  const all = { input: spec.audio_inputs, output: spec.audio_outputs };
  const data = {
    ...spec.gui, label: spec.gui.label || spec.label, brand: spec.gui.brand || spec.brand, name: spec.name, uri: spec.uri,
    controls: listed.length ? listed : controls.map(port), ns: `?${query}`, cns: "_own", _ns: `?${query}`,
    effect: { ports: { audio: all, midi: { input: spec.midi_inputs, output: spec.midi_outputs }, cv: { input: spec.cv_inputs, output: spec.cv_outputs }, control: { input: controls.map(port), output: [] } } },
    presets: spec.presets.map(([uri, label]) => ({ uri, label })), parameters: spec.parameters,
  };
  const [body, css] = await Promise.all([inlined(fill(template, data)), inlined(fill(style, data))]);
  return { body, css };
}

/** Replaces addresses of the plugin's pictures by the pictures. @param {string} text */
async function inlined(text) {
  const found = [...new Set(text.match(/\/resources\/[^"')\s]+/g) ?? [])].slice(0, 60);
  const datas = await Promise.all(found.map(async address => {
    try {
      const answer = await fetch(address.replaceAll("&amp;", "&"));
      if (!answer.ok) return "data:,";
      const blob = await answer.blob();
      return await new Promise(done => { const reader = new FileReader(); reader.onload = () => done(/** @type {string} */ (reader.result)); reader.readAsDataURL(blob); });
    } catch { return "data:,"; }
  }));
  found.forEach((address, at) => { text = text.replaceAll(address, String(datas[at])); });
  return text;
}
