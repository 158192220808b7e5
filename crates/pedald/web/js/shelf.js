// The shelf: all plugins, searched by name, maker and kind; what each takes is shown before it is added.

import { fetchSpec, get } from "./api.js";
import { attribute, h, icon, keyed, text, unique } from "./dom.js";
import { percent } from "./format.js";
import * as model from "./model.js";
import { sheet, toast } from "./sheet.js";
import { store } from "./store.js";
import { RED } from "./strip.js";

/** @typedef {import("./types").Shelved} Shelved */
/** @type {Promise<Shelved[]> | null} */ let list = null;
/** Measured costs in percent of the period, by URI; `null` while asked for. @type {Map<string, number | null>} */
const costs = new Map();

export const shelfList = () => list ??= get("/api/plugins").catch(error => { list = null; throw error; });

/** What a plugin takes, in percent of the period; measured by a process of its own, one after the other. */
/** @type {string[]} */ const queue = [];
let asking = false;
/** @param {string} uri */
function wantCost(uri) {
  if (costs.has(uri)) return;
  costs.set(uri, null);
  queue.push(uri);
  next();
}
async function next() {
  if (asking) return;
  asking = true;
  for (let uri; (uri = queue.pop());) {
    try {
      const cost = await get(`/api/cost?uri=${encodeURIComponent(uri)}`);
      costs.set(uri, cost.load_percent);
    } catch { /* it stays without a figure */ }
    store.touch("cost");
  }
  asking = false;
}

/**
 * The list itself, for a sheet or for the drawer beside the graph.
 * @param {(item: Shelved) => void} choose @param {(element: HTMLElement, item: Shelved) => void} [prepare]
 */
export function shelf(choose, prepare) {
  const id = unique("search");
  const search = h("input", { id, type: "search", placeholder: "Name, maker or kind", autocomplete: "off", spellcheck: "false", oninput: draw });
  const kinds = h("div.kinds", { role: "group", "aria-label": "Kind" });
  const found = h("ul.shelf-list", { role: "list" }), count = h("p.quiet.shelf-count", { role: "status" }, "…");
  /** @type {Shelved[]} */ let all = [];
  let kind = "";
  for (const name of model.FAMILY_NAMES) kinds.append(h("button.kind", { type: "button", "aria-pressed": "false", data: { family: name }, onclick: (/** @type {any} */ event) => {
    kind = kind === name ? "" : name;
    for (const one of kinds.children) attribute(one, "aria-pressed", String(one === event.currentTarget && kind !== ""));
    draw();
  } }, h("span.lamp"), name));
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) if (entry.isIntersecting) wantCost(/** @type {HTMLElement} */ (entry.target).dataset.key ?? "");
  });
  shelfList().then(items => { all = items; draw(); }, error => text(count, error.message));
  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (/** @type {Shelved} */ one) => {
      const said = `${one.name} ${one.label} ${one.brand} ${one.categories.join(" ")}`.toLowerCase();
      return words.every((/** @type {string} */ word) => said.includes(word)) && (!kind || model.family(one) === kind);
    };
    const hits = all.filter(fits), some = hits.slice(0, 120);
    text(count, `${hits.length} of ${all.length} plugins${hits.length > some.length ? `, the first ${some.length} shown` : ""}`);
    keyed(found, some, one => one.uri, one => {
      const button = h("button.shelf-item", { type: "button", onclick: () => choose(one) }, h("span.lamp"),
        h("span.shelf-name", null, one.name), h("span.shelf-note", null, [one.brand, ports(one)].filter(Boolean).join(" · ")), h("span.cost-badge.number", null, ""));
      const item = h("li", { data: { family: model.family(one) } }, button);
      prepare?.(button, one);
      seen.observe(item);
      return item;
    });
    drawCosts();
  }
  function drawCosts() {
    const taken = store.state?.health.load_p99_percent ?? 0;
    for (const item of /** @type {HTMLElement[]} */ ([...found.children])) {
      const cost = costs.get(item.dataset.key ?? "");
      if (cost == null) continue;
      const over = taken + cost > RED;
      text(/** @type {Element} */ (item.firstElementChild?.lastElementChild), over ? `${percent(cost)}, too much` : percent(cost));
      item.classList.toggle("over", over);
    }
  }
  const end = store.on("cost health", drawCosts);
  const element = h("div.shelf", null, h("div.shelf-head", null, h("label.search", { for: id, "aria-label": "Search the shelf" }, icon("search"), search), kinds), count, found);
  return { element, search, end: () => { end(); seen.disconnect(); } };
}

/** @param {Shelved} one */
function ports(one) {
  const [ins, outs] = one.audio;
  const audio = ins || outs ? `${["no", "mono", "stereo"][ins] ?? ins} in, ${["no", "mono", "stereo"][outs] ?? outs} out` : "";
  return [audio, one.midi[0] || one.midi[1] ? "MIDI" : "", one.cv[0] || one.cv[1] ? "CV" : ""].filter(Boolean).join(", ");
}

/** Opens the shelf as a sheet. @param {(spec: import("./types").Spec) => void} choose */
export function openShelf(choose) {
  if (!store.mayEdit) return toast("This device may play, but not change boards.", "warning");
  const made = shelf(async one => {
    const found = await fetchSpec(one.uri);
    box.close();
    choose(found);
  });
  const box = sheet("Shelf", made.element, { wide: true, className: "shelf-sheet", onclose: made.end });
  if (matchMedia("(pointer: fine)").matches) made.search.focus();
}
