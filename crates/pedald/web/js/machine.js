// The machine below the board: its sound card's period and rate, updates of the system, backup and power. Everybody
// sees how it stands; who may do everything changes it, as at the pedal's own display.

import { get, post } from "./api.js";
import { h, unique } from "./dom.js";
import { sheet, sure, toast } from "./sheet.js";
import { store } from "./store.js";

/** How often an open sheet asks how an update goes, in milliseconds. */
const EVERY = 3000;

/** @typedef {{ period: number, rate: number, chosen_period: number | null, chosen_rate: number | null, periods: number[], rates: number[], round_trip: { ms: number, period: number, rate: number } | null }} Audio */
/** @typedef {{ present: string | null, previous: string | null, available: string | null, staged: string | null, running: string | null, failed: string | null }} Update */

const admin = () => store.hello?.role === "admin";
const failed = (/** @type {any} */ error) => toast(error.message, "error");
const onlyAdmins = () => admin() ? null : h("p.quiet", null, "Only a device that may do everything changes this.");
const fact = (/** @type {string} */ what, /** @type {any} */ value) => [h("dt", null, what), h("dd", null, value)];
const ms = (/** @type {number} */ frames, /** @type {number} */ rate) => `${(frames / rate * 1000).toFixed(2)} ms`;

/** Has the machine do something; says what it answers. @param {string} what @param {string} [words] said when it says nothing */
async function perform(what, words) {
  try {
    const { said } = await post(`/api/machine/${what}`, {});
    toast(said || words || "Done");
    return true;
  } catch (error) { failed(error); return false; }
}

/** Period and rate. */
export function openAudio() {
  const body = h("div", null, h("p.quiet", null, "…"));
  sheet("Sound card", body);
  const load = () => get("/api/audio").then(draw, error => body.replaceChildren(h("p.quiet", null, error.message)));
  load();
  /** @param {Audio} audio */
  function draw(audio) {
    const rate = choice("Rate", audio.rates, audio.chosen_rate ?? audio.rate, one => `${one / 1000} kHz`);
    const period = choice("Period", audio.periods, audio.chosen_period ?? audio.period, one => `${one} frames`);
    const trip = audio.round_trip;
    const waits = audio.chosen_period != null && audio.period && audio.chosen_period !== audio.period || audio.chosen_rate != null && audio.rate && audio.chosen_rate !== audio.rate;
    body.replaceChildren(
      h("dl.facts", null,
        fact("Now", audio.period ? `${audio.period} frames at ${audio.rate / 1000} kHz: ${ms(audio.period, audio.rate)} a period` : "the sound is not there yet"),
        fact("Round trip", trip ? `${trip.ms.toFixed(1)} ms, measured at ${trip.period} frames and ${trip.rate / 1000} kHz` : "never measured: latency-probe does it, with a cable from output to input")),
      period.element, rate.element,
      h("p.quiet", null, "A shorter period is a shorter way from string to ear, and leaves plugins less time: watch the lost periods in the strip below."),
      waits ? h("p.quiet", null, "The pedal has not begun with what was chosen yet.") : "",
      onlyAdmins() ?? h("div.row", null, h("button.primary", { type: "button", onclick: async () => {
        if (!await sure("Change the sound card?", "The sound stops for some seconds and starts anew with the same board.", "Change")) return;
        try {
          const { said } = await post("/api/audio/choose", { period: period.value(), rate: rate.value() });
          toast(said || "The sound starts anew");
        } catch (error) { failed(error); }
        load();
      } }, "Use these")));
  }
}

/** @param {string} label @param {number[]} list @param {number} now @param {(one: number) => string} words */
function choice(label, list, now, words) {
  const id = unique("choice"), all = list.includes(now) || !now ? list : [...list, now].sort((a, b) => a - b);
  const select = h("select", { id, disabled: !admin() }, all.map(one => h("option", { value: one, selected: one === now }, words(one))));
  return { element: h("div.field-row", null, h("label", { for: id }, label), select), value: () => +select.value };
}

/** How an update of the system stands. */
export function openUpdate() {
  const body = h("div", { role: "status" }, h("p.quiet", null, "…")), buttons = h("div.row");
  let drawn = "", open = true;
  sheet("Update", [body, buttons, onlyAdmins()], { onclose: () => { open = false; } });
  const load = async () => {
    try {
      draw(await get("/api/update"));
    } catch (error) { if (!drawn) body.replaceChildren(h("p.quiet", null, /** @type {Error} */ (error).message)); }
  };
  const follow = async () => {
    if (!open) return;
    if (!document.hidden && store.online) await load();
    setTimeout(follow, EVERY);
  };
  follow();
  /** @param {Update} now */
  function draw(now) {
    if (!open || JSON.stringify(now) === drawn) return;
    drawn = JSON.stringify(now);
    const { present, previous, available, staged, running, failed: wrong } = now;
    body.replaceChildren(
      wrong ? h("p.fault", null, wrong) : "",
      present || available || staged || running ? h("dl.facts", null,
        fact("This pedal's system", present ?? "not known"), previous ? fact("The one before", previous) : [],
        fact("Newer", staged ? "" : available ?? "nothing is known of a newer one"),
        staged ? fact("Waits for a restart", staged) : [], running ? fact("At work", running) : [])
        : h("p.quiet", null, "This machine has no system of its own that could be updated from here."));
    body.querySelectorAll("dd").forEach((/** @type {HTMLElement} */ one) => { if (!one.textContent) one.previousElementSibling?.remove(), one.remove(); });
    if (!admin()) return;
    buttons.replaceChildren(
      h("button", { type: "button", disabled: !!running, onclick: () => perform("check-update").then(load) }, "Look for an update"),
      ...available && !staged ? [h("button.primary", { type: "button", disabled: !!running, onclick: async () => {
        if (await sure(`Install ${available}?`, "It is fetched and made ready while you play. It begins with the next restart; if it does not pass sound then, the pedal goes back by itself.", "Install")) perform("install-update").then(load);
      } }, "Install")] : [],
      ...staged ? [h("button.primary", { type: "button", onclick: restart }, "Restart into it")] : [],
      ...previous ? [h("button", { type: "button", disabled: !!running, onclick: async () => {
        if (await sure(`Go back to ${previous}?`, "The system before this one begins again. Boards and files stay.", "Go back")) perform("go-back").then(load);
      } }, "Go back")] : []);
  }
}

async function restart() {
  if (await sure("Restart the pedal?", "The sound stops until it is up again, with the same board. What is not saved is kept as an automatic version.", "Restart")) perform("reboot", "The pedal restarts");
}

/** Backup, restore, power. */
export function openMachine() {
  const note = onlyAdmins();
  const button = (/** @type {string} */ words, /** @type {() => void} */ act, danger = false) => h(`button${danger ? ".danger" : ""}`, { type: "button", disabled: !admin(), onclick: act }, words);
  sheet("Backup and power", [
    note,
    h("h3", null, "Backup"),
    h("p.quiet", null, "Boards, banks, presets, files and settings, on a USB stick in the pedal. Recordings, paired devices and keys are not in it."),
    h("div.row", null, button("Back up", () => perform("backup")), button("Restore", async () => {
      if (await sure("Restore from the stick?", "Boards, banks and settings become those of the backup: boards that are not in it go. Files are added or replaced. What was here is kept aside on the pedal.", "Restore")) perform("restore");
    })),
    h("h3", null, "Sound engine"),
    h("p.quiet", null, "When a plugin has gone astray: the engine starts anew with the same board. The input is heard at the output meanwhile."),
    h("div.row", null, button("Start it anew", () => perform("restart-engine"))),
    h("h3", null, "Power"),
    h("div.row", null, button("Restart the pedal", restart), button("Power off", async () => {
      if (await sure("Power off?", "The pedal can be switched on again only at the pedal. Its display says when the plug may be pulled.", "Power off")) perform("power-off", "The pedal switches itself off");
    }, true)),
  ]);
}
