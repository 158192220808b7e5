// Elements without a framework.

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Makes an element: `h("button.tile.on", { onclick }, "Text")`. Attributes begin with a lower case letter; `on…` are
 * listeners; `data`, `style` are objects; what is `null`, `undefined` or `false` is left out.
 * @param {string} kind @param {Record<string, any> | null} [attributes] @param {...(Child | Child[])} children
 * @returns {any}
 */
export function h(kind, attributes, ...children) {
  const [name, ...classes] = kind.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  set(element, attributes ?? {});
  element.append(.../** @type {any[]} */ (children.flat(/** @type {1} */ (3)).filter(child => child != null && child !== false)));
  return element;
}

/** @param {any} element @param {Record<string, any>} attributes */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, String(one));
    else attribute(element, name, value);
  }
}

/** Sets an attribute when it is another than before. @param {Element} element @param {string} name @param {any} value */
export function attribute(element, name, value) {
  if (value == null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** Sets the text when it is another than before. @param {Node} element @param {string} value */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/**
 * Makes the children of `parent` those of `list`: kept by key, made by `make`, brought up to date by `update`.
 * @template T
 * @param {Element} parent @param {T[]} list @param {(item: T, at: number) => string} key
 * @param {(item: T) => any} make @param {(element: any, item: T, at: number) => void} [update]
 */
export function keyed(parent, list, key, make, update) {
  /** @type {Map<string, Element>} */
  const old = new Map();
  for (const child of [...parent.children]) old.set(/** @type {any} */ (child).dataset.key ?? "", child);
  let place = parent.firstElementChild;
  list.forEach((item, at) => {
    const name = key(item, at);
    let element = old.get(name);
    if (element) old.delete(name);
    else {
      element = make(item);
      /** @type {any} */ (element).dataset.key = name;
    }
    if (element === place) place = place?.nextElementSibling ?? null;
    else parent.insertBefore(/** @type {Element} */ (element), place);
    update?.(element, item, at);
  });
  for (const element of old.values()) element.remove();
}

const NS = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, any>} attributes @param {...Node} children @returns {any} */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value != null) element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

const ICONS = {
  play: "M8 5v14l11-7z",
  chain: "M4 12h4m8 0h4M8 8h8v8H8z",
  graph: "M4 5h6v5H4zM14 14h6v5h-6zM10 7.5h4.5a2 2 0 0 1 2 2V14",
  undo: "M9 8H4V3M4.5 8a8.5 8.5 0 1 1-1 6",
  redo: "M15 8h5V3M19.500 8a8.500 8.500 0 1 0 1 6",
  save: "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
  plus: "M12 5v14M5 12h14",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  close: "M6 6l12 12M18 6L6 18",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  note: "M6 3h9l4 4v14H6zM9 10h7M9 14h7",
  file: "M4 6h6l2 2h8v11H4z",
  tuner: "M12 3v6a3 3 0 0 1-6 0V3M12 3v6a3 3 0 0 0 6 0V3M12 12v9",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  split: "M4 12h4c3 0 3-6 6-6h6M8 12c3 0 3 6 6 6h6",
  copy: "M8 8h12v12H8zM4 16V4h12",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  record: "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z",
  align: "M4 4v16M8 7h12M8 12h7M8 17h10",
  power: "M12 3v9M7 6.500a8 8 0 1 0 10 0",
};

/** A small drawing; said by the button's own name. @param {keyof typeof ICONS} name */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/** A button with a drawing. @param {keyof typeof ICONS} name @param {string} label @param {(event: any) => void} onclick @param {Record<string, any>} [more] */
export function iconButton(name, label, onclick, more) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick, ...more }, icon(name));
}

let numbers = 0;
/** A name that no other element has. @param {string} start */
export const unique = start => `${start}-${++numbers}`;
