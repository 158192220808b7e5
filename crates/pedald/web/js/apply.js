// The state of the pedal, brought up to date by what has happened. The same rules as in the session: it tells every
// change, so whoever applies them all has the state. Pure: no page, no network.

/** @typedef {import("./types").State} State @typedef {import("./types").Board} Board @typedef {import("./types").Change} Change */
/** @typedef {import("./types").Endpoint} Endpoint @typedef {import("./types").EventKind} EventKind */

/** The name of a cable's end: `gain/in` or `capture_1`. @param {Endpoint} end */
export const endName = end => "Plugin" in end ? `${end.Plugin.instance}/${end.Plugin.symbol}` : end.System;

/** The end of that name. @param {string} name @returns {Endpoint} */
export function end(name) {
  const at = name.lastIndexOf("/");
  return at < 0 ? { System: name } : { Plugin: { instance: name.slice(0, at), symbol: name.slice(at + 1) } };
}

/** @param {{ instance: string, symbol: string }} port */
export const portName = port => `${port.instance}/${port.symbol}`;

/** A change does not fit: the state must be fetched anew. */
export class Missed extends Error {}

/** @param {Board} board @param {string} instance */
function plugin(board, instance) {
  const found = board.plugins.find(plugin => plugin.instance === instance);
  if (!found) throw new Missed(`no plugin ${instance}`);
  return found;
}

/** @param {Board} board @param {Endpoint} source @param {Endpoint} target */
function cable(board, source, target) {
  const [from, to] = [endName(source), endName(target)];
  return board.connections.findIndex(([a, b]) => endName(a) === from && endName(b) === to);
}

/**
 * Applies one change and says what it concerns: `board` for what the drawing is made of, `value` for what is turned,
 * `snapshots`, `tempo`, `bindings`.
 * @param {Board} board @param {Change} change @param {(what: string, detail?: string) => void} told
 */
export function applyChange(board, change, told) {
  const [kind, data] = /** @type {[string, any]} */ (Object.entries(change)[0]);
  switch (kind) {
    case "plugin_added": board.plugins.splice(data.at, 0, structuredClone(data.plugin)); return told("board");
    case "plugin_removed":
      board.plugins.splice(board.plugins.indexOf(plugin(board, data.instance)), 1);
      return told("board");
    case "plugin_moved": plugin(board, data.instance).position = data.position; return told("place", data.instance);
    case "connected": board.connections.splice(data.at, 0, [data.source, data.target]); return told("board");
    case "disconnected": {
      const at = cable(board, data.source, data.target);
      if (at < 0) throw new Missed("no such cable");
      board.connections.splice(at, 1);
      return told("board");
    }
    case "value_set": return setValue(board, data.port, data.value, told);
    case "preset_set": plugin(board, data.instance).preset = data.preset; return told("preset", data.instance);
    case "parameter_set":
      if (data.value) plugin(board, data.instance).parameters[data.uri] = data.value;
      else delete plugin(board, data.instance).parameters[data.uri];
      return told("parameter", data.instance);
    case "binding_set": {
      const list = data.port.instance === "pedalboard" ? board.tempo_midi : plugin(board, data.port.instance).midi;
      if (data.binding) list[data.port.symbol] = data.binding;
      else delete list[data.port.symbol];
      return told("bindings");
    }
    case "addressings_set":
      if (data.list.length) board.addressings[data.actuator] = data.list;
      else delete board.addressings[data.actuator];
      return told("bindings");
    case "snapshot_inserted": board.snapshots.splice(data.at, 0, data.snapshot); return told("snapshots");
    case "snapshot_removed": board.snapshots.splice(data.at, 1); return told("snapshots");
    case "snapshot_replaced": board.snapshots[data.at] = data.snapshot; return told("snapshots");
    case "snapshot_chosen": board.snapshot = data.at; return told("snapshots");
    case "tempo_set": board.tempo = data.tempo; return told("tempo");
    case "title_set": board.title = data.title; return told("meta");
    case "resized": board.size = data.size; return;
    case "midi_mode_set": [board.midi_separated, board.midi_loopback] = [data.separated, data.loopback]; return;
    default: throw new Missed(`unknown change ${kind}`);
  }
}

/** @param {Board} board @param {{ instance: string, symbol: string }} port @param {number} value @param {(what: string, detail?: string) => void} told */
export function setValue(board, port, value, told) {
  if (port.instance === "pedalboard") {
    const key = { ":bpm": "bpm", ":bpb": "beats_per_bar", ":rolling": "rolling" }[port.symbol];
    if (key) /** @type {any} */ (board.tempo)[key] = key === "rolling" ? value >= 0.5 : value;
    return told("tempo");
  }
  const found = plugin(board, port.instance);
  if (port.symbol === ":bypass") found.bypassed = value >= 0.5;
  else found.values[port.symbol] = value;
  told("value", portName(port));
}

/**
 * Applies an event's kind.
 * @param {State} state @param {any} kind @param {(what: string, detail?: any) => void} told
 */
export function applyEvent(state, kind, told) {
  if (typeof kind === "string") return;
  const [name, data] = /** @type {[string, any]} */ (Object.entries(kind)[0]);
  switch (name) {
    case "changed": for (const change of data) applyChange(state.board, change, told); return;
    case "board_loaded": state.board = data; state.outputs = []; return told("board");
    case "saved": state.board.bundle = data.bundle; state.board.title = data.title; return told("meta");
    case "loading": state.loading = data; return told("meta");
    case "unsaved": state.unsaved = data; return told("meta");
    case "history": state.history = data; return told("meta");
    case "library": state.library = data; return told("library");
    case "sync": state.sync = data; return told("tempo");
    case "morph": state.morph = data; return told("snapshots");
    // What waited may have begun and ended within a frame: whoever follows it hears both.
    case "learning": state.learning = data; return told("bindings", data.length ? "learning" : "learnt");
    case "tuner": state.tuner = data; return told("tuner");
    case "recorder": state.recorder = data; return told("meta");
    case "preloaded": state.preloaded = data; return told("library");
    case "loudness": state.loudness[data[0]] = data[1]; return told("library");
    case "output": return told("output", data);
    case "engine": state.engine = data; return told("health");
    case "health": state.health = data; return told("health");
    case "notice": state.notice = data; return told("notice");
    case "signal": return told("signal", data);
    default: return;
  }
}
