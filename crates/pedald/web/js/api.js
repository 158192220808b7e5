// What is fetched: plugins' descriptions, files, notes.

/** @typedef {import("./types").Spec} Spec */

/** @param {string} url @param {RequestInit} [options] @returns {Promise<any>} */
export async function get(url, options) {
  const answer = await fetch(url, options);
  if (answer.status === 401) location.assign("/pair");
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the pedal answers ${answer.status}`);
  const reason = answer.headers.get("x-archibald-reason");
  const value = await answer.json();
  if (reason && (value === false || value?.ok === false)) throw new Error(value?.error || reason);
  return value;
}

/** @param {string} url @param {any} body */
export const post = (url, body) =>
  get(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** @type {Map<string, Spec>} */ const specs = new Map();
/** @type {Map<string, Promise<Spec>>} */ const coming = new Map();

/** A plugin's description, if it is here already. @param {string} uri */
export const spec = uri => specs.get(uri);

/** Stands for a plugin that is not installed. @param {string} uri @returns {Spec} */
export function unknown(uri) {
  const name = uri.split(/[/#:]/).pop() || uri;
  return {
    uri, name, label: name, brand: "", categories: [], controls: [], outputs: [], audio_inputs: [], audio_outputs: [],
    midi_inputs: [], midi_outputs: [], cv_inputs: [], cv_outputs: [], parameters: [], presets: [], skin: false, gui: {},
    bundles: {}, comment: "", unknown: true,
  };
}

/** @param {string} uri @param {boolean} [anew] @returns {Promise<Spec>} */
export function fetchSpec(uri, anew) {
  const known = specs.get(uri);
  if (known && !anew && !known.unknown) return Promise.resolve(known);
  let promise = coming.get(uri);
  if (!promise) {
    promise = get(`/api/plugin?uri=${encodeURIComponent(uri)}`).catch(() => unknown(uri)).then(found => {
      specs.set(uri, found);
      coming.delete(uri);
      return found;
    });
    coming.set(uri, promise);
  }
  return promise;
}

/** Sends a file, telling how far it is (0–1). @param {string} url @param {Blob} file @param {(share: number) => void} progress @param {boolean} [form] @returns {Promise<any>} */
export function send(url, file, progress, form) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.upload.onprogress = event => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      const reason = request.getResponseHeader("x-archibald-reason");
      if (request.status >= 400 || reason) failed(new Error(reason || request.responseText.trim()));
      else done(request.responseText ? JSON.parse(request.responseText) : null);
    };
    request.onerror = () => failed(new Error("the connection was lost while the file was sent"));
    if (form) {
      const data = new FormData();
      data.append("file", file, /** @type {File} */ (file).name ?? "file");
      request.send(data);
    } else request.send(file);
  });
}
