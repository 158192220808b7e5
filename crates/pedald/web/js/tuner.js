// The tuner: a line that stands still when the string is right.

import { attribute, h, text } from "./dom.js";
import { noteName } from "./format.js";
import { act } from "./link.js";
import { sheet } from "./sheet.js";
import { store } from "./store.js";

export function openTuner() {
  const note = h("div.tuner-note", null, "–"), cents = h("div.tuner-cents", null, " ");
  const hand = h("div.tuner-hand"), scale = h("div.tuner-scale", null, h("div.tuner-mid"), hand);
  const said = h("p.hidden", { role: "status" });
  const mute = h("input", { type: "checkbox", id: "tuner-mute", onchange: () => act({ tuner_mute: mute.checked }) });
  const reference = h("input", { type: "number", id: "tuner-reference", min: 400, max: 480, step: 0.5, onchange: () => act({ tuner_reference: +reference.value || 440 }) });
  const settings = () => {
    const tuner = store.state?.tuner;
    if (!tuner) return;
    mute.checked = tuner.mute;
    if (document.activeElement !== reference) reference.value = String(tuner.reference);
  };
  let spoken = "";
  const ends = [store.on("tuner", settings), store.on("signal", signals => {
    for (const signal of signals) {
      if (!signal || typeof signal !== "object" || !("tuner" in signal)) continue;
      const heard = signal.tuner;
      scale.classList.toggle("silent", !heard);
      if (!heard) continue;
      const [name, octave] = noteName(heard.note);
      text(note, `${name}${octave}`);
      text(cents, `${heard.cents > 0 ? "+" : ""}${heard.cents.toFixed(0)} cents · ${heard.frequency.toFixed(1)} Hz`);
      hand.style.setProperty("--at", String(Math.max(-50, Math.min(50, heard.cents)) / 50));
      const right = Math.abs(heard.cents) < 3;
      scale.classList.toggle("right", right);
      const words = right ? `${name} is in tune` : `${name}, ${heard.cents > 0 ? "too high" : "too low"}`;
      if (words !== spoken) { spoken = words; text(said, words); }
    }
  })];
  act({ tuner: true });
  settings();
  attribute(scale, "aria-hidden", "true");
  sheet("Tuner", h("div.tuner", null, note, scale, cents, said,
    h("div.row", null, h("span.check", null, mute, h("label", { for: "tuner-mute" }, "Mute while tuning")),
      h("span.field", null, h("label", { for: "tuner-reference" }, "A4 in Hz"), reference))),
  { onclose: () => { ends.forEach(end => end()); act({ tuner: false }); } });
}
