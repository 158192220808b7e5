// Paired devices: who may do what, under which name; put out with one touch.

import { get, post } from "./api.js";
import { h, iconButton, unique } from "./dom.js";
import { when } from "./format.js";
import { line, sheet, sure, toast } from "./sheet.js";
import { store } from "./store.js";

/** @typedef {{ id: string, name: string, role: string, paired: number, seen: number }} Device */

const ROLES = [["play", "plays"], ["edit", "edits"], ["admin", "everything"]];
const failed = (/** @type {any} */ error) => toast(error.message, "error");

export function openDevices() {
  const list = h("ul.board-list", { role: "list" }, h("li.quiet", null, "\u2026"));
  const rest = h("div.row");
  sheet("Paired devices", [h("p.quiet", null, "Another device opens this page and asks; the pedal shows a code, and a footswitch confirms."), list, rest], { wide: true });
  if (store.hello?.role !== "admin") {
    list.replaceChildren(h("li.quiet", null, "Only a device that may do everything sees the list. This one may put itself out."));
    rest.append(leave());
    return;
  }
  const load = async () => {
    try {
      const { clients, own } = await get("/api/clients");
      list.replaceChildren(...clients.map((/** @type {Device} */ one) => row(one, one.id === own)));
      if (!clients.length) list.append(h("li.quiet", null, "No device is paired."));
      rest.replaceChildren(...(clients.length ? [h("button.danger", { type: "button", onclick: async () => {
        if (await sure("Put all devices out?", "All of them, this one too, must be paired anew at the pedal.", "Put all out")) post("/api/clients/revoke-all", {}).then(load, failed);
      } }, "Put all out")] : []), ...(own ? [leave()] : []));
    } catch (error) { list.replaceChildren(h("li.quiet", null, /** @type {Error} */ (error).message)); }
  };
  /** @param {Device} one @param {boolean} own */
  function row(one, own) {
    const id = unique("role");
    const change = (/** @type {any} */ what) => post(`/api/clients/${encodeURIComponent(one.id)}`, what).then(load, error => { failed(error); load(); });
    return h("li.with-tool.device", null,
      h("span.set-title", null, h("strong", null, one.name), h("small", null, `${own ? "this device \u00b7 " : ""}seen ${when(one.seen)}`)),
      h("label.hidden", { for: id }, `What ${one.name} may do`),
      h("select", { id, onchange: (/** @type {any} */ event) => change({ role: event.target.value }) }, ROLES.map(([role, words]) => h("option", { value: role, selected: role === one.role }, words))),
      iconButton("note", `Rename ${one.name}`, async () => { const name = await line("Name of the device", one.name); if (name) change({ name }); }),
      iconButton("trash", `Put ${one.name} out`, async () => {
        if (await sure(`Put ${one.name} out?`, "It loses its connection now and must be paired anew at the pedal.", "Put out")) post(`/api/clients/${encodeURIComponent(one.id)}/revoke`, {}).then(load, failed);
      }));
  }
  load();
}

/** This device goes by itself. */
function leave() {
  return h("button", { type: "button", onclick: async () => {
    if (await sure("Unpair this device?", "It must be paired anew at the pedal to come back.", "Unpair")) post("/api/pair/leave", {}).then(() => location.assign("/pair"), failed);
  } }, "Unpair this device");
}
