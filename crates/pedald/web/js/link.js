// The way to the pedal: one WebSocket. It comes back by itself, and what was asked for meanwhile is asked for again; the
// pedal knows by number what it has done already.

import { store } from "./store.js";
import { toast } from "./sheet.js";

const name = Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(36).padStart(2, "0")).join("").slice(0, 24);
/** @type {WebSocket | null} */ let socket = null;
let number = 0, tries = 0, heard = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */ let again;
/** @typedef {{ id: number, text: string, sent: boolean, done: (value: any) => void, failed: (error: Error) => void }} Asked */
/** What waits for its answer, oldest first. @type {Map<number, Asked>} */
const waiting = new Map();
/** Requests on their way at once: the pedal refuses more than 64 of one page, and a long time without it piles them up. */
const FLYING = 32;
let flying = 0;

/** Sends what is to be sent, in its order. */
function pump() {
  if (!store.online || flying >= FLYING) return;
  for (const asked of waiting.values()) {
    if (asked.sent) continue;
    asked.sent = true;
    socket?.send(asked.text);
    if (++flying >= FLYING) return;
  }
}

function connect() {
  clearTimeout(again);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  heard = Date.now();
  const mine = socket = new WebSocket(`${scheme}//${location.host}/api/ws?editor=${name}`);
  mine.onmessage = event => {
    heard = Date.now();
    const begun = performance.now();
    take(JSON.parse(event.data));
    store.spent += performance.now() - begun;
  };
  mine.onclose = () => {
    if (socket !== mine) return;
    socket = null;
    online(false);
    if (!store.state) store.touch("online");
    // Soon at first, then every few seconds; pairing may be what is missing.
    if (tries === 2) maybePair();
    again = setTimeout(connect, Math.min(4000, 150 * 2 ** tries++) * (0.75 + Math.random() / 2));
  };
}

/** @param {boolean} on */
function online(on) {
  if (store.online === on) return;
  store.online = on;
  document.documentElement.classList.toggle("offline", !on);
  store.touch("online");
}

/** @param {any} message */
function take(message) {
  if (message.hello) {
    store.hello = message.hello;
    store.touch("meta");
  } else if (message.state) {
    tries = 0;
    const first = !store.online;
    store.replace(message.state);
    online(true);
    if (first) {
      // Behind the state, so that what is asked for again meets the board as it is.
      flying = 0;
      for (const asked of waiting.values()) asked.sent = false;
      pump();
      if (values.size) sendValues();
    }
  } else if (message.events) {
    if (!store.take(message.events)) socket?.close();
  } else if (message.panel) {
    store.panel = message.panel;
    store.touch("panel");
  } else if (message.news) {
    store.touch(message.news);
  } else if (message.id) {
    const asked = waiting.get(message.id);
    if (asked?.sent) flying = Math.max(0, flying - 1);
    waiting.delete(message.id);
    pump();
    if (message.error != null) asked?.failed(new Error(message.error));
    else asked?.done(message.done);
  } else if (message.error) {
    toast(message.error, "error");
  }
}

/** Asks the pedal and waits for its answer. @param {any} intent @returns {Promise<any>} */
export function ask(intent) {
  // What was turned before is set before.
  if (values.size) sendValues();
  const id = ++number;
  const text = JSON.stringify({ id, do: intent });
  return new Promise((done, failed) => {
    waiting.set(id, { id, text, sent: false, done, failed });
    pump();
  });
}

/** Asks, and says to the player when it is refused. @param {any} intent @returns {Promise<any>} the answer, or `undefined` */
export async function act(intent) {
  try {
    return await ask(intent);
  } catch (error) {
    toast(/** @type {Error} */ (error).message, "error");
    return undefined;
  }
}

/** Values on their way, by control: of each the newest is sent once a frame, or when the pedal is back. @type {Map<string, { port: import("./types").Port, value: number }>} */
const values = new Map();

/** Turns a control: shown at once, sent with the next frame. @param {import("./types").Port} port @param {number} value */
export function turn(port, value) {
  store.preview(port, value);
  if (!values.size) setTimeout(() => { if (store.online && values.size) sendValues(); }, 16);
  values.set(`${port.instance}/${port.symbol}`, { port, value });
}

function sendValues() {
  const list = [...values.values()];
  values.clear();
  if (list.length === 1) act({ set: list[0] });
  else if (list.length) act({ set_many: { values: list.map(({ port, value }) => [port, value]) } });
}

/** A 401 or 403 of the pedal means that this browser is not paired. */
async function maybePair() {
  try {
    const answer = await fetch("/api/plugins", { method: "HEAD" });
    if ((answer.status === 401 || answer.status === 403) && location.pathname !== "/pair") location.assign("/pair");
  } catch { /* not there: we go on trying */ }
}

export function start() {
  connect();
  // A tab that slept may hold a dead connection: look at once, not after a timeout.
  const wake = () => {
    if (document.hidden) return;
    if (!socket) { tries = 0; connect(); }
    else if (Date.now() - heard > 45_000) socket.close();
  };
  addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  setInterval(wake, 15_000);
}

/** For tests: cuts the connection. */
/** @type {any} */ (window).pedal.cut = () => socket?.close();
