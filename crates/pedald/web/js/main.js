// Where the page begins: head, view, health strip; the zoom is in the address, so that back works.

import { fetchSpec } from "./api.js";
import { chain } from "./chain.js";
import { h } from "./dom.js";
import { graph } from "./graph.js";
import { keys } from "./keys.js";
import { start } from "./link.js";
import { watchNetwork } from "./network.js";
import { play } from "./play.js";
import { theme } from "./settings.js";
import { toast } from "./sheet.js";
import { store } from "./store.js";
import { strip } from "./strip.js";
import { top } from "./top.js";

/** @typedef {"play" | "chain" | "graph"} Zoom */
const VIEWS = { play, chain, graph };
const place = /** @type {HTMLElement} */ (document.getElementById("view"));
/** @type {(() => void) | null} */ let leave = null;
/** @type {Zoom | null} */ let now = null;

/** @returns {Zoom} */
function wanted() {
  const name = location.hash.slice(1) || localStorage.getItem("zoom") || (innerWidth < 900 ? "play" : "graph");
  return name in VIEWS ? /** @type {Zoom} */ (name) : "play";
}

function show() {
  const zoom = wanted();
  if (zoom === now || !store.state) return;
  leave?.();
  now = zoom;
  localStorage.setItem("zoom", zoom);
  mark(zoom);
  leave = VIEWS[zoom](place);
}

theme();
const go = (/** @type {Zoom} */ zoom) => { location.hash = zoom; };
const mark = top(/** @type {HTMLElement} */ (document.getElementById("top")), go);
strip(/** @type {HTMLElement} */ (document.getElementById("strip")));
keys(go);
addEventListener("hashchange", show);

// Descriptions of what is on the board; views draw again when they come.
store.on("board", () => {
  show();
  const uris = new Set(store.board.plugins.map(plugin => plugin.uri));
  for (const uri of uris) fetchSpec(uri).then(() => store.touch("specs"));
});

/** What was said last; `null` before the first look, when what is there may be old: only what is wrong is told then. @type {string | null} */
let last = null;
store.on("notice", () => {
  const notice = store.state?.notice;
  const said = notice ? `${notice.level} ${notice.text}` : "";
  if (notice && said !== last && (last !== null || notice.level !== "info")) toast(notice.text, notice.level);
  last = said;
});
store.on("online", () => {
  if (store.online) return;
  if (store.state) return toast("The pedal is not reached. What you do waits until it is back.", "warning");
  // Opened from what the browser has kept: there is nothing to show of a pedal that is not there.
  place.className = "";
  place.replaceChildren(h("div.empty.not-reached", { role: "status" }, h("h1", null, "The pedal is not reached"),
    h("p", null, "Is it on, and is this device in its network? The page goes on by itself when the pedal answers.")));
});

watchNetwork();
start();
if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
