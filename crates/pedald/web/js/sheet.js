// Sheets (a panel over the page, from below on a phone), menus, questions and short messages.

import { h, iconButton, unique } from "./dom.js";

/** @type {{ close: () => void, element: HTMLElement, lasting: boolean }[]} */ const open = [];

/**
 * Opens a sheet. It holds the focus until it is closed; Escape and a touch beside it close it.
 * @param {string} title @param {any} content @param {{ wide?: boolean, onclose?: () => void, tools?: any[], className?: string }} [options]
 */
export function sheet(title, content, options = {}) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const name = unique("sheet");
  const dialog = h(`dialog.sheet${options.wide ? ".wide" : ""}${options.className ? `.${options.className}` : ""}`, { "aria-labelledby": name });
  const close = () => {
    if (!dialog.isConnected) return;
    dialog.close();
    dialog.remove();
    open.splice(open.findIndex(one => one.element === dialog), 1);
    options.onclose?.();
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  dialog.append(
    h("header.sheet-head", null, h("h2", { id: name }, title), h("div.tools", null, ...(options.tools ?? []), iconButton("close", "Close", close))),
    h("div.sheet-body", { tabindex: 0, role: "group", "aria-labelledby": name }, content),
  );
  dialog.addEventListener("cancel", (/** @type {Event} */ event) => { event.preventDefault(); close(); });
  dialog.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => { if (event.target === dialog) close(); });
  document.getElementById("sheets")?.append(dialog);
  dialog.showModal();
  open.push({ close, element: dialog, lasting: false });
  return { close, element: dialog, body: dialog.querySelector(".sheet-body"), title: (/** @type {string} */ text) => { dialog.querySelector("h2").textContent = text; } };
}

/** Whether a sheet is open. */
export const sheetOpen = () => open.length > 0;

/** A short list of things to do. @param {string} title @param {({ text: string, act: () => void, danger?: boolean, note?: string } | null | false | undefined)[]} items */
export function menu(title, items) {
  const list = h("ul.menu", { role: "list" });
  const box = sheet(title, list, { className: "small" });
  for (const item of items) {
    if (!item) continue;
    list.append(h("li", null, h(`button.menu-item${item.danger ? ".danger" : ""}`, { type: "button", onclick: () => { box.close(); item.act(); } },
      item.text, item.note ? h("small", null, item.note) : null)));
  }
  return box;
}

/** Asks for a line of text. @param {string} title @param {string} value @param {string} [button] @param {string} [label] @returns {Promise<string | null>} */
export function line(title, value, button = "OK", label = "Name") {
  return new Promise(done => {
    const name = unique("field");
    const field = h("input", { id: name, value, autocomplete: "off", maxlength: 120, required: true });
    /** @type {string | null} */ let answer = null;
    const form = h("form.line", { method: "dialog", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      answer = field.value.trim() || null;
      box.close();
    } }, h("label", { for: name }, label), field, h("button.primary", { type: "submit" }, button));
    const box = sheet(title, form, { className: "small", onclose: () => done(answer) });
    field.focus();
    field.select();
  });
}

/** Asks before something that cannot be taken back. @param {string} title @param {string} text @param {string} button @returns {Promise<boolean>} */
export function sure(title, text, button) {
  return new Promise(done => {
    let answer = false;
    const box = sheet(title, [h("p", null, text), h("div.row", null,
      h("button", { type: "button", onclick: () => box.close() }, "Keep"),
      h("button.primary.danger", { type: "button", onclick: () => { answer = true; box.close(); } }, button))],
    { className: "small", onclose: () => done(answer) });
  });
}

/** A message that goes by itself; with a way back it stays longer. @param {string} message @param {"info" | "warning" | "error"} [level] @param {{ text: string, act: () => void }} [action] */
export function toast(message, level = "info", action) {
  const place = document.getElementById("toasts");
  if (!place) return;
  for (const old of [...place.children]) if (old.textContent?.startsWith(message)) old.remove();
  const note = h(`div.toast.${level}`, null, h("span", null, message),
    action ? h("button", { type: "button", onclick: () => { note.remove(); action.act(); } }, action.text) : null);
  place.append(note);
  while (place.children.length > 3) place.firstElementChild?.remove();
  setTimeout(() => note.remove(), action ? 10_000 : level === "error" ? 8000 : 4000);
}
