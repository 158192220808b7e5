// Which network the pedal is in: asked for now and then, and switched by who may do everything.

import { get, post } from "./api.js";
import { h, unique } from "./dom.js";
import { sure, toast } from "./sheet.js";
import { store } from "./store.js";

/** How often it is asked, in milliseconds; a tab that is not seen does not ask. */
const EVERY = 20_000;

const MODES = /** @type {[string, string, string][]} */ ([
  ["home", "Home", "Whoever is in the same network reaches the page, and may ask to pair."],
  ["stage", "Stage", "Only the pedal's own hotspot, and in it only paired devices."],
  ["off", "Off", "The radio is off; nobody reaches the page but by cable or at the pedal itself."],
]);

async function ask() {
  if (document.hidden || !store.online) return;
  try {
    store.network = await get("/api/network");
    store.touch("network");
  } catch { /* this pedal has no networks to tell of */ }
}

export function watchNetwork() {
  store.on("online", ask);
  addEventListener("visibilitychange", ask);
  setInterval(ask, EVERY);
}

/** The part of the settings. */
export function networkPart() {
  const id = unique("network"), now = store.network?.mode ?? "home";
  const note = h("p.quiet", null, MODES.find(([mode]) => mode === now)?.[2] ?? "");
  const select = h("select", { id, disabled: store.hello?.role !== "admin" || !store.network, onchange: async () => {
    const [mode, name, about] = MODES[select.selectedIndex];
    if (!await sure(`Network: ${name}`, `${about} This page may lose the pedal.`, name)) { select.value = store.network?.mode ?? "home"; return; }
    try {
      store.network = await post("/api/network/mode", { mode });
      store.touch("network");
      note.textContent = store.network?.problem ?? about;
    } catch (error) { toast(/** @type {Error} */ (error).message, "error"); }
  } }, MODES.map(([mode, name]) => h("option", { value: mode, selected: mode === now }, name)));
  return [h("div.field-row", null, h("label", { for: id }, "Network"), select), note];
}
