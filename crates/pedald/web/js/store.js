// The state as this page knows it, and who wants to hear of changes. What happens within a frame is told once.

import { applyEvent, Missed, portName, setValue } from "./apply.js";

/** @typedef {import("./types").State} State */

class Store {
  /** @type {State | null} */ state = null;
  /** @type {import("./types").Hello | null} */ hello = null;
  /** @type {import("./types").Panel | null} */ panel = null;
  /** Which network the pedal is in, where it tells. @type {{ mode: string, problem?: string | null } | null} */
  network = null;
  /** Whether the pedal is reached. */
  online = false;
  /** @type {Map<string, Set<(details: Set<any>) => void>>} */ #listeners = new Map();
  /** @type {Map<string, Set<any>>} */ #dirty = new Map();
  /** Kinds of which so much has changed that details say nothing. @type {Set<string>} */ #whole = new Set();
  #frame = 0;
  /** Milliseconds that messages have taken since the last frame. */
  spent = 0;
  /** Controls that are being turned here: their own echoes are left out. @type {Set<string>} */ held = new Set();

  /** The board; only asked for when there is one. @returns {import("./types").Board} */
  get board() { return /** @type {State} */ (this.state).board; }

  /** Calls `listener` once a frame when one of these has changed; with no details, all of it may have. Returns what ends it. @param {string} kinds @param {(details: Set<any>) => void} listener */
  on(kinds, listener) {
    const list = kinds.split(" ");
    for (const kind of list) {
      if (!this.#listeners.has(kind)) this.#listeners.set(kind, new Set());
      this.#listeners.get(kind)?.add(listener);
    }
    return () => { for (const kind of list) this.#listeners.get(kind)?.delete(listener); };
  }

  /** @param {string} kind @param {any} [detail] */
  touch(kind, detail) {
    if (!this.#dirty.has(kind)) this.#dirty.set(kind, new Set());
    const details = /** @type {Set<any>} */ (this.#dirty.get(kind));
    // A tab that sleeps draws nothing, and what it shall draw does not pile up: from some number on it is all of it.
    if (details.size >= 500) this.#whole.add(kind);
    if (this.#whole.has(kind)) details.clear();
    else if (detail !== undefined) details.add(detail);
    this.#frame ||= requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    this.#frame = 0;
    const begun = performance.now();
    const dirty = this.#dirty;
    this.#dirty = new Map();
    this.#whole.clear();
    /** @type {Map<(details: Set<any>) => void, Set<any>>} */
    const calls = new Map();
    for (const [kind, details] of dirty) {
      for (const listener of this.#listeners.get(kind) ?? []) {
        const all = calls.get(listener) ?? new Set();
        for (const detail of details) all.add(detail);
        calls.set(listener, all);
      }
    }
    for (const [listener, details] of calls) listener(details);
    frameTimes.push(performance.now() - begun + this.spent);
    this.spent = 0;
    if (frameTimes.length > 600) frameTimes.shift();
  }

  /** @param {State} state */
  replace(state) {
    this.state = state;
    for (const kind of ["board", "meta", "library", "health", "snapshots", "tempo", "bindings", "tuner", "notice"]) this.touch(kind);
  }

  /** Applies events. False when one is missing. @param {any[]} events */
  take(events) {
    const state = this.state;
    if (!state) return true;
    try {
      for (const event of events) {
        if (event.revision <= state.revision) continue;
        const own = event.source?.web === this.hello?.client;
        const kind = own && event.kind.changed ? { changed: event.kind.changed.filter(this.#notHeld) } : event.kind;
        applyEvent(state, kind, (what, detail) => this.touch(what, detail));
        state.revision = event.revision;
      }
      return true;
    } catch (error) {
      if (error instanceof Missed) return false;
      throw error;
    }
  }

  #notHeld = (/** @type {any} */ change) => !(change.value_set && this.held.has(portName(change.value_set.port)));

  /** Shows a value at once; the pedal's answer follows. @param {import("./types").Port} port @param {number} value */
  preview(port, value) {
    if (this.state) setValue(this.state.board, port, value, (what, detail) => this.touch(what, detail));
  }

  /** Whether this device may change boards. */
  get mayEdit() { return this.hello?.role === "edit" || this.hello?.role === "admin"; }
}

/** Plugins whose on and off is among what has changed; `null` for all of them. @param {Set<any>} changed @returns {Set<string> | null} */
export function bypassed(changed) {
  if (!changed.size) return null;
  /** @type {Set<string>} */ const found = new Set();
  for (const name of changed) if (typeof name === "string" && name.endsWith("/:bypass")) found.add(name.slice(0, -"/:bypass".length));
  return found;
}

/** Milliseconds of script of the last frames. @type {number[]} */
export const frameTimes = [];
export const store = new Store();
/** @type {any} */ (window).pedal = { store, frameTimes };
