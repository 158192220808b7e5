// Snapshots: sounds of one board, recalled within one block; and blends between them.

import { attribute, h, iconButton, keyed, text, unique } from "./dom.js";
import { act } from "./link.js";
import { line, sheet, toast } from "./sheet.js";
import { store } from "./store.js";

const CURVES = ["linear", "smooth", "build", "drop", "snap", "bloom"];

export function openSnapshots() {
  const list = h("ol.board-list", { role: "list" }), blend = h("div.blend");
  const end = store.on("snapshots board", draw);
  sheet("Snapshots", [list, store.mayEdit ? h("div.row", null,
    h("button", { type: "button", onclick: async () => { if (await act("save_snapshot") !== undefined) toast("The present sound is in the present snapshot"); } }, "Store here"),
    h("button.primary", { type: "button", onclick: async () => { const name = await line("New snapshot", ""); if (name) await act({ save_snapshot_as: { name } }); } }, "Store as new")) : null,
  h("h3", null, "Blend"), blend], { onclose: end });
  const id = unique("blend"), curve = unique("curve");
  let drawn = "";
  function draw() {
    const board = store.state?.board;
    if (!board) return;
    keyed(list, board.snapshots, (_, at) => String(at), () => h("li.with-tool", null, h("button.menu-item", { type: "button" }), iconButton("note", "Rename", () => {}), iconButton("trash", "Delete", () => {})), (element, one, at) => {
      const [button, rename, remove] = element.children;
      text(button, one.name);
      attribute(button, "aria-current", at === board.snapshot ? "true" : null);
      button.onclick = () => act({ load_snapshot: { to: at } });
      attribute(rename, "aria-label", `Rename ${one.name}`);
      attribute(remove, "aria-label", `Delete ${one.name}`);
      rename.hidden = remove.hidden = !store.mayEdit;
      rename.onclick = async () => { const name = await line("Rename the snapshot", one.name); if (name) act({ rename_snapshot: { at, name } }); };
      remove.onclick = async () => { if (await act({ remove_snapshot: { at } }) !== undefined) toast(`${one.name} deleted`, "info", { text: "Undo", act: () => act("undo") }); };
    });
    const names = board.snapshots.map(one => one.name), morph = store.state?.morph;
    const key = JSON.stringify([names, morph && morph.stops, morph && morph.curve]);
    if (key === drawn) {
      const slider = /** @type {HTMLInputElement | null} */ (blend.querySelector("input[type=range]"));
      if (slider && morph && document.activeElement !== slider) slider.value = morph.position;
      return;
    }
    drawn = key;
    if (names.length < 2) return blend.replaceChildren(h("p.quiet", null, "Two snapshots or more can be blended into each other."));
    const choose = (/** @type {string} */ label, /** @type {number} */ at) => {
      const name = unique("stop");
      return h("span.field", null, h("label", { for: name }, label), h("select", { id: name }, names.map((one, index) => h("option", { value: index, selected: index === at }, one))));
    };
    const from = choose("From", morph?.stops[0].snapshot ?? 0), to = choose("To", morph?.stops[morph.stops.length - 1].snapshot ?? 1);
    const kind = h("select", { id: curve }, CURVES.map(one => h("option", { value: one, selected: one === morph?.curve }, one)));
    blend.replaceChildren(h("div.row", null, from, to, h("span.field", null, h("label", { for: curve }, "Curve"), kind)),
      h("div.row", null, h("button", { type: "button", onclick: () => act({ morph: {
        name: "Blend", curve: kind.value, position: 0,
        stops: [{ position: 0, snapshot: +from.lastChild.value }, { position: 1, snapshot: +to.lastChild.value }] } }) }, morph ? "Begin anew" : "Begin"),
      morph ? h("button", { type: "button", onclick: () => act({ morph: null }) }, "End") : null),
      morph ? h("div.range", null, h("label", { for: id }, "Position"), h("input", { id, type: "range", min: 0, max: 1, step: 0.005, value: morph.position,
        oninput: (/** @type {any} */ event) => act({ morph_to: { position: +event.target.value } }) })) : "");
  }
  draw();
}
