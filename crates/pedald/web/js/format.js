// Numbers as players read them, and controls between their ends.

/** @typedef {import("./types").Control} Control */

/** @param {number} value */
function short(value) {
  const size = Math.abs(value);
  return size >= 1000 ? value.toFixed(0) : size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The value with its unit. @param {Control} control @param {number} value */
export function shown(control, value) {
  if (control.kind === "toggle") return value > (control.min + control.max) / 2 ? "on" : "off";
  const point = nearest(control, value);
  if (point && (control.kind === "enumeration" || Math.abs(point[1] - value) < 1e-6)) return point[0];
  if (control.unit === "Hz" && Math.abs(value) >= 1000) return `${short(value / 1000)} kHz`;
  if (control.unit === "ms" && Math.abs(value) >= 1000) return `${short(value / 1000)} s`;
  const number = control.kind === "integer" ? String(Math.round(value)) : short(value);
  return control.unit ? `${number} ${control.unit}` : number;
}

/** @param {Control} control @param {number} value @returns {[string, number] | undefined} */
export function nearest(control, value) {
  /** @type {[string, number] | undefined} */ let best;
  for (const point of control.scale_points) if (!best || Math.abs(point[1] - value) < Math.abs(best[1] - value)) best = point;
  return best;
}

/** Where a value is on its way, 0–1. @param {Control} control @param {number} value */
export function share(control, value) {
  const { min, max } = control;
  if (max <= min) return 0;
  const bounded = Math.min(max, Math.max(min, value));
  if (control.kind === "logarithmic" && min > 0) return Math.log(bounded / min) / Math.log(max / min);
  return (bounded - min) / (max - min);
}

/** The value at a share of the way. @param {Control} control @param {number} at */
export function valueAt(control, at) {
  const { min, max } = control;
  const bounded = Math.min(1, Math.max(0, at));
  const value = control.kind === "logarithmic" && min > 0 ? min * (max / min) ** bounded : min + (max - min) * bounded;
  return control.kind === "integer" ? Math.round(value) : value;
}

/** Steps of a key press, as a share of the way. @param {Control} control */
export const keyStep = control =>
  control.kind === "integer" && control.max > control.min ? Math.max(1 / (control.max - control.min), 0.01) : control.steps > 1 ? 1 / (control.steps - 1) : 0.01;

/** @param {number} bytes */
export const size = bytes => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : bytes >= 1e3 ? `${(bytes / 1e3).toFixed(0)} kB` : `${bytes} B`;

/** @param {number} percent */
export const percent = percent => percent >= 10 ? `${percent.toFixed(0)} %` : `${percent.toFixed(1)} %`;

/** @param {number} seconds since 1970 */
export const when = seconds => new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

const NOTES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
/** @param {number} note of MIDI */
export const noteName = note => [NOTES[note % 12], Math.floor(note / 12) - 1];

/** What drives a control, in words. @param {{ channel: number, controller: number }} binding */
export const bindingText = binding =>
  binding.controller === 131 ? `pitch bend, channel ${binding.channel + 1}` : `CC ${binding.controller}, channel ${binding.channel + 1}`;
