// Cables between ports: curves in one drawing, kept by name, redrawn only where something has moved.

import { svg } from "./dom.js";

/** @param {number} ax @param {number} ay @param {number} bx @param {number} by */
export function curve(ax, ay, bx, by) {
  const reach = Math.max(40, Math.min(180, Math.abs(bx - ax) / 2 + (bx < ax ? 60 : 0)));
  return `M${ax} ${ay}C${ax + reach} ${ay} ${bx - reach} ${by} ${bx} ${by}`;
}

/** @typedef {{ from: string, to: string, kind: string }} Cable */

export class Cables {
  /** @type {Map<string, { group: any, hit: any, line: any, cable: Cable, path: string }>} */ #all = new Map();

  /** @param {any} place @param {(name: string) => [number, number] | undefined} where @param {(cable: Cable) => void} choose */
  constructor(place, where, choose) {
    this.place = place;
    this.where = where;
    this.choose = choose;
  }

  /** @param {Cable[]} list */
  set(list) {
    const left = new Set(this.#all.keys());
    for (const cable of list) {
      const key = `${cable.from} ${cable.to}`;
      left.delete(key);
      const known = this.#all.get(key);
      if (known) {
        known.cable = cable;
        known.group.setAttribute("class", `cable ${cable.kind}`);
        continue;
      }
      const hit = svg("path", { class: "cable-hit" }), line = svg("path", { class: "cable-line" });
      const group = svg("g", { class: `cable ${cable.kind}` }, hit, line);
      hit.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => event.stopPropagation());
      hit.addEventListener("click", () => this.choose(/** @type {any} */ (this.#all.get(key)).cable));
      this.place.append(group);
      this.#all.set(key, { group, hit, line, cable, path: "" });
    }
    for (const key of left) {
      this.#all.get(key)?.group.remove();
      this.#all.delete(key);
    }
    this.draw();
  }

  /** @param {Set<string>} [owners] only cables of these plugins; all without */
  draw(owners) {
    for (const one of this.#all.values()) {
      const { from, to } = one.cable;
      if (owners && !owners.has(from.slice(0, from.lastIndexOf("/"))) && !owners.has(to.slice(0, to.lastIndexOf("/")))) continue;
      const a = this.where(from), b = this.where(to);
      const path = a && b ? curve(a[0], a[1], b[0], b[1]) : "";
      if (path === one.path) continue;
      one.path = path;
      one.hit.setAttribute("d", path);
      one.line.setAttribute("d", path);
    }
  }

  /** @param {Cable | null} chosen */
  mark(chosen) {
    for (const one of this.#all.values()) one.group.classList.toggle("chosen", !!chosen && one.cable.from === chosen.from && one.cable.to === chosen.to);
  }
}
