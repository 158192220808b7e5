// The simulated pedal's page: shows what the pedal shows, sends what hands and feet do. It keeps no state of its own but
// what is held down.
"use strict";

const at = (id) => document.getElementById(id);
const lcd = at("lcd");
const ink = lcd.getContext("2d");
let socket = null;
let wait = 250;
let mono = false;
let held = new Map();
let encoders = [];
let feet = [];
let knobs = [];

function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function press(encoder, index, down) {
  const key = (encoder ? "e" : "f") + index;
  if (down === held.has(key)) return;
  if (down) held.set(key, [encoder, index]); else held.delete(key);
  const part = encoder ? encoders[index]?.cap : feet[index]?.stomp;
  part?.classList.toggle("down", down);
  send({ do: "press", encoder, index, down });
}

function releaseAll() {
  for (const [encoder, index] of [...held.values()]) press(encoder, index, false);
}

function turn(index, clicks) {
  const one = encoders[index];
  if (!one || !clicks) return;
  one.angle += clicks * 18;
  one.cap.style.setProperty("--turn", one.angle + "deg");
  send({ do: "turn", index, clicks });
}

function make(kind, className, parent, text) {
  const node = document.createElement(kind);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// Pressing with pointer, space or Enter, for as long as it is held.
function holds(node, down, up) {
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    node.setPointerCapture(event.pointerId);
    down(event);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) node.addEventListener(end, up);
  node.addEventListener("contextmenu", (event) => event.preventDefault());
  node.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) down(event);
  });
  node.addEventListener("keyup", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.stopPropagation();
    up(event);
  });
}

function buildFoot(index) {
  const box = make("div", "foot", at("feet"));
  const led = make("div", "led", box);
  led.setAttribute("aria-hidden", "true");
  const stomp = make("button", "stomp", box, String(index + 1));
  stomp.type = "button";
  const label = make("span", "label", box);
  const long = make("span", "long", box);
  holds(stomp, () => press(false, index, true), () => press(false, index, false));
  feet.push({ led, stomp, label, long });
}

function buildEncoder(index, name, push) {
  const box = make("div", "encoder", at("encoders"));
  make("small", "name", box, name);
  const turns = make("div", "turns", box);
  const left = make("button", "step", turns, "\u2212");
  const cap = make("button", "cap", turns);
  const right = make("button", "step", turns, "+");
  for (const button of [left, cap, right]) button.type = "button";
  left.setAttribute("aria-label", name + " left");
  right.setAttribute("aria-label", name + " right");
  cap.setAttribute("aria-label", name + (push ? ", press; arrow keys turn" : ", arrow keys turn"));
  left.addEventListener("click", () => turn(index, -1));
  right.addEventListener("click", () => turn(index, 1));
  const label = make("small", "value", box);
  encoders.push({ cap, label, angle: 0 });
  // A drag turns; a press that does not move pushes. A push that becomes a drag is let go at once.
  let start = null;
  let turned = 0;
  if (push) holds(cap, () => press(true, index, true), () => press(true, index, false));
  cap.addEventListener("pointerdown", (event) => {
    cap.setPointerCapture(event.pointerId);
    start = event.clientY;
    turned = 0;
  });
  cap.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const wanted = Math.trunc((start - event.clientY) / 14);
    if (wanted === turned) return;
    if (push) press(true, index, false);
    turn(index, wanted - turned);
    turned = wanted;
  });
  for (const end of ["pointerup", "pointercancel"]) cap.addEventListener(end, () => { start = null; });
  cap.addEventListener("wheel", (event) => {
    event.preventDefault();
    turn(index, event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  cap.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    turn(index, way);
  });
}

function buildKnob(index, name) {
  const box = make("div", "knob", at("analog"));
  const label = make("label", "", box, name);
  const slider = make("input", "", box);
  slider.id = "knob" + index;
  label.htmlFor = slider.id;
  Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.001 });
  slider.value = 1;
  const value = make("small", "", box);
  slider.addEventListener("input", () => send({ do: "analog", index, value: Number(slider.value) }));
  knobs.push({ slider, value });
}

function hello(told) {
  releaseAll();
  for (const id of ["feet", "encoders", "analog"]) at(id).replaceChildren();
  [feet, encoders, knobs] = [[], [], []];
  at("name").textContent = told.name || "Simulated pedal";
  document.title = told.name || "Simulated pedal";
  mono = told.mono;
  document.body.classList.toggle("mono", mono);
  [lcd.width, lcd.height] = told.screen;
  told.encoders.forEach((one, index) => buildEncoder(index, one.name, one.push));
  for (let index = 0; index < told.feet; index++) buildFoot(index);
  told.analog.forEach((one, index) => buildKnob(index, one.name));
}

function lamps(told) {
  told.feet.forEach((colour, index) => {
    const led = feet[index]?.led;
    if (!led) return;
    const on = colour !== "#000000";
    led.classList.toggle("on", on);
    if (on) led.style.setProperty("--led", colour);
  });
  (told.levels || []).forEach((colour, side) => {
    at("level" + side).style.background = colour === "#000000" ? "#222" : colour;
  });
}

function labels(told) {
  told.feet.forEach((one, index) => {
    const foot = feet[index];
    if (!foot) return;
    foot.label.textContent = one.label || "\u2013";
    foot.long.textContent = one.long ? "hold: " + one.long : "";
    foot.stomp.setAttribute("aria-pressed", String(one.lit));
    const hold = one.long ? ", hold for " + one.long : "";
    foot.stomp.setAttribute("aria-label", "Footswitch " + (index + 1) + ": " + (one.label || "nothing") + hold);
  });
  // the navigation encoder is none of the controls
  told.controls.forEach((one, index) => {
    const text = one.label ? one.label + " " + one.text : "";
    const node = index + 1 < encoders.length ? encoders[index + 1].label : knobs[index + 1 - encoders.length]?.value;
    if (node) node.textContent = text;
  });
}

function codec(told) {
  const side = told.bypass[0] || told.bypass[1] ? ", pedal passed by" : "";
  at("codec").textContent = "Output " + told.output.toFixed(2) + " dB" + (told.muted ? " (mute)" : "") + side;
}

// A rectangle: x, y, width, height, then pixels of 5, 6 and 5 bits, all big endian.
function paint(buffer) {
  const data = new DataView(buffer);
  const [x, y, width, height] = [0, 2, 4, 6].map((place) => data.getUint16(place));
  const picture = ink.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const value = data.getUint16(8 + pixel * 2);
    const out = pixel * 4;
    if (mono) {
      const lit = value !== 0;
      [picture.data[out], picture.data[out + 1], picture.data[out + 2]] = lit ? [20, 32, 30] : [157, 181, 173];
    } else {
      picture.data[out] = ((value >> 11) * 255 + 15) / 31;
      picture.data[out + 1] = (((value >> 5) & 63) * 255 + 31) / 63;
      picture.data[out + 2] = ((value & 31) * 255 + 15) / 31;
    }
    picture.data[out + 3] = 255;
  }
  ink.putImageData(picture, x, y);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  socket = new WebSocket(scheme + location.host + "/simulate/socket");
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    wait = 250;
    at("link").textContent = "connected";
    document.body.classList.remove("away");
  };
  socket.onmessage = (event) => {
    if (typeof event.data !== "string") return paint(event.data);
    const told = JSON.parse(event.data);
    if (told.hello) hello(told.hello);
    if (told.lamps) lamps(told.lamps);
    if (told.labels) labels(told.labels);
    if (told.codec) codec(told.codec);
  };
  socket.onclose = () => {
    held.clear();
    at("link").textContent = "the pedal's program has ended; trying again";
    document.body.classList.add("away");
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 5000);
  };
}

const TURNS = {
  ArrowLeft: [0, -1], ArrowUp: [0, -1], ArrowRight: [0, 1], ArrowDown: [0, 1],
  q: [1, -1], w: [1, 1], a: [2, -1], s: [2, 1], y: [3, -1], z: [3, -1], x: [3, 1],
};
const PUSHES = { Enter: 0, e: 1, d: 2 };

function typing(event) {
  return event.ctrlKey || event.altKey || event.metaKey || ["INPUT", "SUMMARY", "A"].includes(event.target.tagName);
}

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (TURNS[key]) {
    event.preventDefault();
    return turn(...TURNS[key]);
  }
  if (event.repeat) return;
  if (PUSHES[key] !== undefined && encoders[PUSHES[key]]) {
    event.preventDefault();
    return press(true, PUSHES[key], true);
  }
  const foot = Number(key) - 1;
  if (foot >= 0 && foot < feet.length) return press(false, foot, true);
  if ((key === "," || key === ".") && knobs.length) {
    const slider = knobs.at(-1).slider;
    slider.value = Number(slider.value) + (key === "." ? 0.04 : -0.04);
    slider.dispatchEvent(new Event("input"));
  }
});

document.addEventListener("keyup", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (PUSHES[key] !== undefined) press(true, PUSHES[key], false);
  const foot = Number(key) - 1;
  if (foot >= 0 && foot < feet.length) press(false, foot, false);
});

// A key that is let go elsewhere is never reported.
window.addEventListener("blur", releaseAll);
document.addEventListener("visibilitychange", () => { if (document.hidden) releaseAll(); });
connect();
