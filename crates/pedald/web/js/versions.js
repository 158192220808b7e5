// Versions: what the board was. Automatic ones come by themselves; those with a name stay.

import { h, iconButton } from "./dom.js";
import { when } from "./format.js";
import { act, ask } from "./link.js";
import { line, sheet, sure, toast } from "./sheet.js";
import { store } from "./store.js";

export function openVersions() {
  const list = h("ul.board-list", { role: "list" });
  const box = sheet("Versions", [h("p.quiet", null, "Two seconds after an edit the board is kept as an automatic version. The newest ten stay; those with a name stay until you delete them."),
    list, h("button.primary", { type: "button", onclick: async () => {
      const name = await line("Keep this version", "", "Keep");
      if (name && await act({ keep_version: { name } }) !== undefined) { toast(`${name} kept`); load(); }
    } }, "Keep the board as it is now")]);
  const load = async () => {
    try {
      const { versions } = await ask("list_versions");
      list.replaceChildren(...versions.map(row));
      if (!versions.length) list.append(h("li.quiet", null, store.state?.board.bundle ? "No versions yet." : "Save the board first."));
    } catch (error) { list.replaceChildren(h("li.quiet", null, /** @type {Error} */ (error).message)); }
  };
  /** @param {{ id: string, name: string, time: number }} one */
  const row = one => {
    const name = one.name || `the automatic one of ${when(one.time)}`;
    return h("li.with-tool", null, h("button.menu-item", { type: "button", onclick: async () => {
      if (await act({ restore_version: { id: one.id } }) === undefined) return;
      box.close();
      toast(`${one.name || when(one.time)} is back; it is not saved yet`);
    } }, h("span.set-title", null, one.name || "automatic"), h("small", null, when(one.time))),
    iconButton("trash", `Delete ${name}`, async () => {
      if (await sure("Delete this version?", `${one.name || "The automatic version"} of ${when(one.time)} cannot be brought back. The board stays as it is.`, "Delete")) act({ delete_version: { id: one.id } }).then(load);
    }));
  };
  load();
}
