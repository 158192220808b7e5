// The asset store that several pedals share: looked through, fetched from into the player's files, and put into.

import { get, post } from "./api.js";
import { h, icon, text, unique } from "./dom.js";
import { size, when } from "./format.js";
import { line, menu, sheet, toast } from "./sheet.js";
import { store } from "./store.js";

/** @typedef {{ path: string, size: number, modified_ms: number }} Entry @typedef {import("./files.js").Folder} Folder */

const failed = (/** @type {any} */ error) => toast(error.message, "error");

/** Whether the pedal knows an asset store. */
export const hasStore = () => !!store.hello?.assets;

/** @param {Folder[]} folders the player's folders, into which something may be fetched */
export function openStore(folders) {
  const endings = [...new Set(folders.flatMap(one => one.extensions))].sort();
  const search = h("input", { type: "search", "aria-label": "Path in the store", placeholder: "Path begins with", autocomplete: "off", autocapitalize: "off", spellcheck: "false", oninput: soon });
  const id = unique("ending"), ending = h("select", { id, onchange: anew }, h("option", { value: "" }, "All kinds"), endings.map(one => h("option", { value: `.${one}` }, `.${one}`)));
  const said = h("p.quiet", { role: "status" }, "…"), list = h("ul.file-list", { role: "list" }), more = h("button", { type: "button", hidden: true, onclick: () => load(last) }, "More");
  sheet("Asset store", [h("div.shelf-head.with-kind", null, h("span.search", null, icon("search"), search), h("label.hidden", { for: id }, "Kind of file"), ending), said, list, more], { wide: true });
  let last = "", asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(anew, 250);
  }
  function anew() { load(""); }
  /** @param {string} after */
  async function load(after) {
    const mine = ++asked, query = new URLSearchParams({ prefix: search.value.trim(), suffix: ending.value, after });
    try {
      const page = await get(`/api/assets?${query}`);
      if (mine !== asked) return;
      if (!after) list.replaceChildren();
      list.append(...page.entries.map(row));
      last = page.entries.at(-1)?.path ?? "";
      more.hidden = !page.more;
      const many = list.childElementCount;
      text(said, many ? `${many}${page.more ? " or more" : ""} ${many === 1 ? "file" : "files"} in ${page.store}` : search.value || ending.value ? "Nothing in the store is like this." : `The store ${page.store} is empty.`);
    } catch (error) {
      if (mine !== asked) return;
      list.replaceChildren();
      more.hidden = true;
      text(said, /** @type {Error} */ (error).message);
    }
  }
  /** @param {Entry} one */
  function row(one) {
    const at = one.path.lastIndexOf("/") + 1, name = one.path.slice(at);
    const button = h("button", { type: "button", "aria-label": `Fetch ${name}`, onclick: () => into(one, button) }, "Fetch");
    return h("li.with-tool.asset", null, h("span.set-title", null, h("strong", null, name), h("small", null, [one.path.slice(0, Math.max(0, at - 1)), size(one.size), when(one.modified_ms / 1000)].filter(Boolean).join(" · "))), store.mayEdit ? button : null);
  }
  /** Into the folder that takes such files; the player chooses where several do. @param {Entry} one @param {HTMLButtonElement} button */
  function into(one, button) {
    const kind = one.path.split(".").pop()?.toLowerCase() ?? "", name = one.path.split("/").pop();
    const fits = folders.filter(folder => folder.extensions.includes(kind));
    const fetch = async (/** @type {Folder} */ folder) => {
      button.disabled = true;
      text(button, "…");
      try {
        const { path } = await post("/api/assets/fetch", { asset: one.path, path: `${folder.folder}/${name}` });
        toast(`${path} is on the pedal`);
        text(button, "Fetched");
      } catch (error) { failed(error); text(button, "Fetch"); }
      button.disabled = false;
    };
    if (!fits.length) toast(`No folder of the pedal takes .${kind} files.`, "warning");
    else if (fits.length === 1) fetch(fits[0]);
    else menu(`Where to put ${name}`, fits.map(folder => ({ text: folder.folder, act: () => fetch(folder) })));
  }
  anew();
}

/** Puts a file of the player into the store. @param {string} path */
export async function putIntoStore(path) {
  const asset = await line("Put into the asset store", path, "Put", "Path in the store");
  if (!asset) return;
  try {
    const done = await post("/api/assets/put", { asset, path });
    toast(done.new ? `${asset} is in the store` : `${asset} was in the store before; it is this file now`);
  } catch (error) { failed(error); }
}
