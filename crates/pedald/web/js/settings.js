// What this browser and the pedal can be set to, and the keys.

import { openDevices } from "./devices.js";
import { h, unique } from "./dom.js";
import { act } from "./link.js";
import { openAudio, openMachine, openUpdate } from "./machine.js";
import { networkPart } from "./network.js";
import { sheet } from "./sheet.js";
import { store } from "./store.js";

/** Dark, light, or as the system has it. */
export function theme() {
  const chosen = localStorage.getItem("theme") ?? "";
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

export function openSettings() {
  const look = unique("look"), input = unique("input"), state = store.state;
  sheet("Settings", [
    h("div.field-row", null, h("label", { for: look }, "Look"), h("select", { id: look, onchange: (/** @type {any} */ event) => { localStorage.setItem("theme", event.target.value); theme(); } },
      [["", "As the system"], ["dark", "Dark"], ["light", "Light"]].map(([value, name]) => h("option", { value, selected: (localStorage.getItem("theme") ?? "") === value }, name)))),
    h("div.field-row", null, h("label", { for: input }, "Tuner listens to"), h("select", { id: input, onchange: (/** @type {any} */ event) => act({ tuner_input: +event.target.value }) },
      [1, 2].map(one => h("option", { value: one, selected: state?.tuner.input === one }, `Input ${one}`)))),
    networkPart(),
    h("div.row", null,
      h("button", { type: "button", onclick: openDevices }, "Paired devices"),
      h("button", { type: "button", onclick: openAudio }, "Sound card"),
      h("button", { type: "button", onclick: openUpdate }, "Update"),
      h("button", { type: "button", onclick: openMachine }, "Backup and power")),
    h("p", null, h("a", { href: "/encryption" }, "Encryption of this page")),
    // The simulated pedal is for the machine that it runs on.
    store.hello?.simulated && /^(localhost|127\.|\[::1\])/.test(location.hostname) ? h("p", null, h("a", { href: "/simulate" }, "The pedal's display and switches")) : null,
    h("p.quiet", null, `pedald ${store.hello?.version ?? ""} · ${store.panel?.hardware || store.hello?.hardware || ""} · this device may ${{ guest: "look", play: "play", edit: "edit", admin: "do everything" }[store.hello?.role ?? "guest"]}`),
  ]);
}

export function openKeys() {
  const keys = [["1 2 3", "Play, Chain, Graph"], ["Ctrl Z / Ctrl Shift Z", "Undo, redo"], ["Ctrl S", "Save the board"], ["N / P", "Next and previous song"], ["T", "Tuner"], ["B", "Boards"], ["A", "Add a plugin"], ["Shift Enter on a switch", "Hold it"],
    ["Arrows on a dial", "Turn it; with Shift finer, Backspace: default"], ["Graph: arrows", "Move what is chosen"], ["Graph: Enter on a port", "Begin or end a cable"], ["Graph: + − 0", "Zoom, all in sight"], ["Ctrl A, Ctrl D, Delete", "Choose all, duplicate, take off"], ["Escape", "Close"]];
  sheet("Keys", h("dl.facts.keys", null, keys.flatMap(([key, what]) => [h("dt", null, h("kbd", null, key)), h("dd", null, what)])));
}
