// What can be said of a board without a page: its order, its lanes, and which edits bring about what the player wants.
// Pure, and the same for every view.

import { end, endName } from "./apply.js";

/** @typedef {import("./types").Board} Board @typedef {import("./types").Plugin} Plugin @typedef {import("./types").Spec} Spec */
/** @typedef {import("./types").Edit} Edit @typedef {(uri: string) => Spec | undefined} Specs */

/** Hues of categories. The lamp of a plugin has its colour; nothing else on the page does. @type {[RegExp, string][]} */
const FAMILIES = [
  [/distort|wave|overdrive|fuzz|amplif|simulat/i, "drive"],
  [/delay|echo/i, "delay"],
  [/reverb/i, "reverb"],
  [/modul|chorus|flang|phas|trem|pitch|shift/i, "modulation"],
  [/filter|equal|spectral/i, "filter"],
  [/dynam|compress|gate|limit|expan/i, "dynamics"],
  [/midi|control|cv/i, "midi"],
  [/instrument|generator|synth|oscillator/i, "generator"],
];

/** @param {{ categories: string[], name?: string } | undefined} spec */
export function family(spec) {
  const words = spec?.categories.join(" ") || spec?.name || "";
  return FAMILIES.find(([pattern]) => pattern.test(words))?.[1] ?? "utility";
}

export const FAMILY_NAMES = ["drive", "delay", "reverb", "modulation", "filter", "dynamics", "midi", "generator", "utility"];

/** Name to show for a plugin on the board: with a number when there are several. @param {Board} board @param {Plugin} plugin @param {Spec | undefined} spec */
export function title(board, plugin, spec) {
  const same = board.plugins.filter(other => other.uri === plugin.uri);
  const name = spec?.label || spec?.name || plugin.instance;
  return same.length > 1 ? `${name} ${same.indexOf(plugin) + 1}` : name;
}

/** All names to show, by instance: looked up once for a drawing. @param {Board} board @param {Specs} specs */
export function titles(board, specs) {
  /** @type {Map<string, number>} */ const count = new Map();
  for (const { uri } of board.plugins) count.set(uri, (count.get(uri) ?? 0) + 1);
  /** @type {Map<string, number>} */ const number = new Map();
  return new Map(board.plugins.map(({ instance, uri }) => {
    const spec = specs(uri), name = spec?.label || spec?.name || instance;
    if ((count.get(uri) ?? 0) < 2) return [instance, name];
    number.set(uri, (number.get(uri) ?? 0) + 1);
    return [instance, `${name} ${number.get(uri)}`];
  }));
}

/** `audio`, `midi` or `cv` for one end of a cable. @param {Board} board @param {Specs} specs @param {string} name */
export function portKind(board, specs, name) {
  const at = name.lastIndexOf("/");
  if (at < 0) return name.includes("midi") ? "midi" : name.startsWith("cv") ? "cv" : "audio";
  const plugin = board.plugins.find(plugin => plugin.instance === name.slice(0, at));
  const spec = plugin && specs(plugin.uri);
  const symbol = name.slice(at + 1);
  const has = (/** @type {import("./types").PortSpec[]} */ list) => list.some(port => port.symbol === symbol);
  if (!spec) return "audio";
  return has(spec.midi_inputs) || has(spec.midi_outputs) ? "midi" : has(spec.cv_inputs) || has(spec.cv_outputs) ? "cv" : "audio";
}

/** @param {string} name */
export const owner = name => name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : name;

/** Cables by name. @param {Board} board @returns {[string, string][]} */
export const cables = board => board.connections.map(([a, b]) => [endName(a), endName(b)]);

/** Whoever has a cable. @param {Board} board */
export const wired = board => new Set(cables(board).flatMap(([from, to]) => [owner(from), owner(to)]));

/**
 * The board as rows from input to output; plugins beside each other in a row are parallel. A plugin stands one row below
 * the lowest that feeds it.
 * @param {Board} board @returns {Plugin[][]}
 */
export function rows(board) {
  /** @type {Map<string, Set<string>>} */
  const feeds = new Map(board.plugins.map(plugin => [plugin.instance, new Set()]));
  for (const [from, to] of cables(board)) {
    if (from.includes("/") && to.includes("/") && owner(from) !== owner(to)) feeds.get(owner(to))?.add(owner(from));
  }
  /** @type {Map<string, number>} */ const depth = new Map();
  const find = (/** @type {string} */ name, /** @type {Set<string>} */ above) => {
    const known = depth.get(name);
    if (known !== undefined) return known;
    if (above.has(name)) return 0; // a loop: somewhere it has to be cut
    above.add(name);
    let deepest = 0;
    for (const other of feeds.get(name) ?? []) deepest = Math.max(deepest, find(other, above) + 1);
    above.delete(name);
    depth.set(name, deepest);
    return deepest;
  };
  /** @type {Plugin[][]} */ const list = [];
  const connected = wired(board);
  for (const plugin of board.plugins) {
    if (!connected.has(plugin.instance)) continue;
    (list[find(plugin.instance, new Set())] ??= []).push(plugin);
  }
  const loose = board.plugins.filter(plugin => !connected.has(plugin.instance));
  for (const row of list) row?.sort((a, b) => a.position[1] - b.position[1]);
  const all = list.filter(Boolean);
  return loose.length ? [...all, loose] : all;
}

/** A name for a new plugin. @param {Board} board @param {{ label: string, name: string }} spec @param {Set<string>} [taken] */
export function newName(board, spec, taken = new Set()) {
  const base = (spec.label || spec.name).normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 24) || "plugin";
  const used = (/** @type {string} */ name) => name === "pedalboard" || taken.has(name) || board.plugins.some(plugin => plugin.instance === name);
  let name = base;
  for (let number = 1; used(name); number++) name = `${base}_${number}`;
  return name;
}

/** Connects as many channels as there are: mono goes to both, stereo is summed into one. @param {string[]} from @param {string[]} to @returns {[string, string][]} */
export function pairs(from, to) {
  if (!from.length || !to.length) return [];
  return Array.from({ length: Math.max(from.length, to.length) }, (_, at) => [from[at % from.length], to[at % to.length]]);
}

const connect = (/** @type {[string, string]} */ [from, to]) => ({ connect: { source: end(from), target: end(to) } });
const disconnect = (/** @type {[string, string]} */ [from, to]) => ({ disconnect: { source: end(from), target: end(to) } });
const named = (/** @type {string} */ instance, /** @type {{ symbol: string }[]} */ ports) => ports.map(port => `${instance}/${port.symbol}`);

/** Inputs and outputs of the sound card. @param {import("./types").Hello | null} hello */
export function card(hello) {
  const count = (/** @type {string} */ start, /** @type {number} */ many) => Array.from({ length: many }, (_, at) => `${start}_${at + 1}`);
  const ports = hello?.ports;
  return { inputs: count("capture", ports?.audio_inputs ?? 2), outputs: count("playback", ports?.audio_outputs ?? 2) };
}

/** Whether sound comes from a port to another, by whatever way. @param {[string, string][]} list @param {string} from @param {string} to */
function reaches(list, from, to) {
  const seen = new Set([from]), open = [from];
  for (let port; (port = open.pop()) !== undefined;) {
    for (const [a, b] of list) {
      if (port.startsWith("*") ? owner(a) !== port.slice(1) || !a.includes("/") : a !== port) continue;
      if (b === to) return true;
      const next = `*${owner(b)}`;
      if (b.includes("/") && !seen.has(next)) { seen.add(next); open.push(next); }
    }
  }
  return false;
}

/**
 * Cables without a plugin's: what fed it feeds what it fed, but where another rail leads there too: a split of which one
 * side goes leaves the other side, and no dry sound beside it.
 * @param {[string, string][]} list @param {string} instance @param {Spec | undefined} spec */
function bridged(list, instance, spec) {
  const into = list.filter(([, to]) => owner(to) === instance);
  const out = list.filter(([from]) => owner(from) === instance);
  const kept = list.filter(cable => !into.includes(cable) && !out.includes(cable)), rest = [...kept];
  const ins = spec?.audio_inputs.map(port => `${instance}/${port.symbol}`) ?? [];
  const outs = spec?.audio_outputs.map(port => `${instance}/${port.symbol}`) ?? [];
  for (const [from, to] of out) {
    const channel = outs.indexOf(from);
    if (channel < 0) continue;
    const input = ins[channel % Math.max(1, ins.length)];
    for (const [source] of into.filter(([, end]) => end === input)) {
      if (!rest.some(([a, b]) => a === source && b === to) && !reaches(kept, source, to)) rest.push([source, to]);
    }
  }
  return rest;
}

/**
 * Cables with a plugin put in behind others: one, the rails of a split that come together there, or none, which is the
 * input. Each channel of a stereo rail keeps its side.
 * @param {[string, string][]} list @param {string[]} after @param {string} instance @param {Spec} spec
 * @param {{ inputs: string[], outputs: string[] }} ports @param {(instance: string) => Spec | undefined} specOf @returns {[string, string][]}
 */
function inserted(list, after, instance, spec, ports, specOf) {
  const ins = named(instance, spec.audio_inputs), outs = named(instance, spec.audio_outputs);
  const rails = after.length ? after.map(one => named(one, specOf(one)?.audio_outputs ?? [])) : [ports.inputs];
  const out = list.filter(([from]) => rails.some(rail => rail.includes(from)));
  const rest = list.filter(cable => !out.includes(cable));
  if (!ins.length) return [...list, ...pairs(outs, ports.outputs)];
  const targets = [...new Set(out.map(([, to]) => to))];
  /** @type {[string, string][]} */ const add = [];
  for (const rail of rails) {
    const wired = rail.filter(port => out.some(([from]) => from === port));
    // A guitar is on the first input.
    const sources = wired.length ? wired : after.length ? rail : rail.slice(0, 1);
    add.push(...pairs(sources, ins));
    if (!outs.length) continue;
    for (const [from, to] of out.filter(([from]) => sources.includes(from))) {
      const channel = sources.length === 1 ? targets.indexOf(to) : sources.indexOf(from);
      add.push([outs[channel % outs.length], to]);
    }
  }
  if (!out.length) add.push(...pairs(outs, ports.outputs));
  return [...rest, ...add.filter(([a, b], at) => add.findIndex(([c, d]) => a === c && b === d) === at)];
}

/** The edits from the cables there are to those there shall be. @param {[string, string][]} before @param {[string, string][]} after @returns {Edit[]} */
function difference(before, after) {
  const has = (/** @type {[string, string][]} */ list, /** @type {[string, string]} */ [a, b]) => list.some(([c, d]) => a === c && b === d);
  return [...before.filter(cable => !has(after, cable)).map(disconnect), ...after.filter(cable => !has(before, cable)).map(connect)];
}

/**
 * Puts a new plugin in behind others (none: the input). @param {Board} board @param {Specs} specs @param {import("./types").Hello | null} hello
 * @param {Spec} spec @param {string[]} after @param {[number, number]} [position] @returns {{ edits: Edit[], instance: string }}
 */
export function insert(board, specs, hello, spec, after, position) {
  const instance = newName(board, spec);
  const before = cables(board);
  const afterPlugin = board.plugins.find(plugin => after.includes(plugin.instance));
  const list = inserted(before, after, instance, spec, card(hello), described(board, specs));
  const place = position ?? (afterPlugin ? [afterPlugin.position[0] + 260, afterPlugin.position[1]] : [200, 160]);
  return { instance, edits: [{ add: { instance, uri: spec.uri, position: place } }, ...difference(before, list)] };
}

/** @param {Board} board @param {Specs} specs @returns {(instance: string) => Spec | undefined} */
const described = (board, specs) => instance => {
  const plugin = board.plugins.find(plugin => plugin.instance === instance);
  return plugin && specs(plugin.uri);
};

/** Cables of a rail beside a plugin's: it gets the same, and is heard where that is heard. @param {[string, string][]} list @param {string} other @param {Spec | undefined} otherSpec @param {string} instance @param {Spec} spec @param {{ inputs: string[], outputs: string[] }} ports @returns {[string, string][]} */
function rail(list, other, otherSpec, instance, spec, ports) {
  const ins = named(other, otherSpec?.audio_inputs ?? []), outs = named(other, otherSpec?.audio_outputs ?? []);
  const sources = [...new Set(list.filter(([, to]) => ins.includes(to)).map(([from]) => from))];
  const targets = [...new Set(list.filter(([from]) => outs.includes(from)).map(([, to]) => to))];
  return [
    ...pairs(sources.length ? sources : ports.inputs.slice(0, 1), named(instance, spec.audio_inputs)),
    ...pairs(named(instance, spec.audio_outputs), targets.length ? targets : ports.outputs),
  ];
}

/** Puts a new plugin beside another: both get the same, and both are heard. @param {Board} board @param {Specs} specs @param {import("./types").Hello | null} hello @param {Spec} spec @param {string} other */
export function beside(board, specs, hello, spec, other) {
  const instance = newName(board, spec);
  const plugin = /** @type {Plugin} */ (board.plugins.find(plugin => plugin.instance === other));
  const position = [plugin.position[0], plugin.position[1] + 180];
  return { instance, edits: [{ add: { instance, uri: spec.uri, position } }, ...rail(cables(board), other, specs(plugin.uri), instance, spec, card(hello)).map(connect)] };
}

/** Moves a plugin out of the chain and beside another. @param {Board} board @param {Specs} specs @param {import("./types").Hello | null} hello @param {string} instance @param {string} other @returns {Edit[]} */
export function moveBeside(board, specs, hello, instance, other) {
  const spec = described(board, specs)(instance);
  if (!spec || instance === other) return [];
  const before = cables(board), foreign = notAudio(board, specs, instance);
  const list = bridged(before.filter(([from, to]) => !foreign.some(([a, b]) => a === from && b === to)), instance, spec);
  return difference(before, [...list, ...rail(list, other, described(board, specs)(other), instance, spec, card(hello)), ...foreign]);
}

/** Cables of a plugin that carry no sound: they stay when it is moved. @param {Board} board @param {Specs} specs @param {string} instance */
const notAudio = (board, specs, instance) => cables(board).filter(([from, to]) => [from, to].some(one => owner(one) === instance && portKind(board, specs, one) !== "audio"));

/** Whether plugins beside each other come together behind them: all are heard by the same. @param {Board} board @param {Plugin[]} row */
export function join(board, row) {
  const heard = row.map(plugin => [...new Set(cables(board).filter(([from]) => owner(from) === plugin.instance).map(([, to]) => owner(to).replace(/^playback_.*/, "playback")))].sort().join());
  return heard.every(one => one === heard[0] && one !== "");
}

/** Takes plugins off; what fed them feeds what they fed. @param {Board} board @param {Specs} specs @param {string[]} instances @returns {Edit[]} */
export function removal(board, specs, instances) {
  let list = cables(board);
  const before = list;
  for (const instance of instances) {
    const plugin = board.plugins.find(plugin => plugin.instance === instance);
    list = bridged(list, instance, plugin && specs(plugin.uri));
  }
  // The cables of the plugin itself go with it.
  const touches = (/** @type {Edit} */ edit) => edit.disconnect
    && [edit.disconnect.source, edit.disconnect.target].some(one => instances.includes(owner(endName(one))));
  return [...instances.map(instance => ({ remove: { instance } })), ...difference(before, list).filter(edit => !touches(edit))];
}

/** Moves a plugin behind others (none: to the front). @param {Board} board @param {Specs} specs @param {import("./types").Hello | null} hello @param {string} instance @param {string[]} after @returns {Edit[]} */
export function move(board, specs, hello, instance, after) {
  const find = described(board, specs), spec = find(instance), others = after.filter(one => one !== instance);
  if (!spec || after.length && !others.length) return [];
  const before = cables(board), foreign = notAudio(board, specs, instance);
  const audio = before.filter(([from, to]) => !foreign.some(([a, b]) => a === from && b === to));
  const list = inserted(bridged(audio, instance, spec), others, instance, spec, card(hello), find);
  return difference(before, [...list, ...foreign]);
}

/** Copies of plugins with the cables between them. @param {Board} board @param {Specs} specs @param {string[]} instances @returns {{ edits: Edit[], made: string[] }} */
export function duplicate(board, specs, instances) {
  /** @type {Map<string, string>} */ const names = new Map();
  const edits = [];
  for (const instance of instances) {
    const plugin = board.plugins.find(plugin => plugin.instance === instance);
    const spec = plugin && specs(plugin.uri);
    if (!plugin || !spec) continue;
    const name = newName(board, spec, new Set(names.values()));
    names.set(instance, name);
    const values = spec.controls.filter(control => control.symbol in plugin.values).map(control => [control.symbol, plugin.values[control.symbol]]);
    edits.push({ add: { instance: name, uri: plugin.uri, position: [plugin.position[0] + 40, plugin.position[1] + 60], values, bypassed: plugin.bypassed } });
  }
  const copy = (/** @type {string} */ one) => `${names.get(owner(one))}${one.slice(one.lastIndexOf("/"))}`;
  for (const cable of cables(board)) {
    if (cable.every(one => names.has(owner(one)))) edits.push(connect([copy(cable[0]), copy(cable[1])]));
  }
  return { edits, made: [...names.values()] };
}

/** What the board takes: the plugins' own times, in percent of the period. @param {import("./types").State} state */
export const boardCost = state => Object.values(state.health.plugins).reduce((sum, cost) => sum + cost.percent, 0);

/** The actuator under which the session keeps curves and what switches do. */
const SHAPES = "/archibald/shape";

/** The curve of what drives a control, and what a switch does. @param {Board} board @param {string} instance @param {string} symbol @returns {{ bend: string, press: string }} */
export function shape(board, instance, symbol) {
  const found = board.addressings[SHAPES]?.find(one => one.port.instance === instance && one.port.symbol === symbol);
  return { bend: String(found?.rest.bend ?? "straight"), press: String(found?.rest.press ?? "follow") };
}

/** What drives a control: its binding or actuator. @param {Board} board @param {string} instance @param {string} symbol */
export function driver(board, instance, symbol) {
  const binding = instance === "pedalboard" ? board.tempo_midi[symbol] : board.plugins.find(plugin => plugin.instance === instance)?.midi[symbol];
  if (binding) return { binding, actuator: null, addressing: null };
  for (const [actuator, list] of Object.entries(board.addressings)) {
    if (actuator === SHAPES) continue;
    const addressing = list.find(one => one.port.instance === instance && one.port.symbol === symbol);
    if (addressing) return { binding: null, actuator, addressing };
  }
  return null;
}

/** The boards that next and previous go through. @param {import("./types").State} state */
export function sequence(state) {
  const { boards, banks, bank } = state.library;
  const list = bank != null ? banks[bank]?.boards : undefined;
  if (list) return list.map(bundle => boards.find(board => board.bundle === bundle)).filter(board => board !== undefined);
  return boards.filter(board => !board.broken);
}
