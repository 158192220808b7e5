// Notes to a board: kept beside it, and with it when it travels.

import { get, post } from "./api.js";
import { h, text, unique } from "./dom.js";
import { sheet, toast } from "./sheet.js";
import { store } from "./store.js";

export async function openNotes() {
  const bundle = store.state?.board.bundle;
  if (!bundle) return toast("Save the board first: notes are kept beside it.", "warning");
  const id = unique("notes"), field = h("textarea", { id, rows: 12, maxlength: 60_000, disabled: !store.mayEdit, oninput: changed });
  const said = h("p.quiet", { role: "status" }, "");
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  let stored = "";
  const load = async () => {
    try {
      const { text: found } = await get(`/api/notes?bundle=${encodeURIComponent(bundle)}`);
      if (field.value === stored) field.value = found;
      stored = found;
    } catch (error) { text(said, /** @type {Error} */ (error).message); }
  };
  function changed() {
    clearTimeout(timer);
    text(said, "…");
    timer = setTimeout(keep, 700);
  }
  async function keep() {
    const now = field.value;
    if (now === stored) return;
    try {
      await post("/api/notes/keep", { bundle, text: now });
      stored = now;
      text(said, "Kept.");
    } catch (error) { text(said, /** @type {Error} */ (error).message); }
  }
  const end = store.on("notes", load);
  sheet("Notes", [h("label", { for: id }, `What to remember about ${store.state?.board.title}`), field, said], { wide: true, onclose: () => { end(); clearTimeout(timer); keep(); } });
  await load();
}
