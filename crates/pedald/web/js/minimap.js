// The whole board small, with the part in sight; touch it to go there.

import { h } from "./dom.js";

/**
 * @param {() => { boxes: { x: number, y: number, width: number, height: number, colour: string }[], sight: { x: number, y: number, width: number, height: number } }} look
 * @param {(x: number, y: number) => void} go
 */
export function minimap(look, go) {
  const canvas = h("canvas.minimap", { width: 360, height: 220, "aria-hidden": "true" });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let scale = 1, left = 0, top = 0;
  const draw = () => {
    const { boxes, sight } = look();
    const all = [...boxes, sight];
    left = Math.min(...all.map(box => box.x));
    top = Math.min(...all.map(box => box.y));
    const right = Math.max(...all.map(box => box.x + box.width)), bottom = Math.max(...all.map(box => box.y + box.height));
    scale = Math.min(352 / (right - left), 212 / (bottom - top));
    pen.clearRect(0, 0, 360, 220);
    const put = (/** @type {{ x: number, y: number, width: number, height: number }} */ box) => /** @type {const} */ ([4 + (box.x - left) * scale, 4 + (box.y - top) * scale, box.width * scale, box.height * scale]);
    for (const box of boxes) {
      pen.fillStyle = box.colour;
      pen.fillRect(...put(box));
    }
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 2;
    pen.strokeRect(...put(sight));
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = canvas.getBoundingClientRect();
    go(((event.clientX - box.left) * 360 / box.width - 4) / scale + left, ((event.clientY - box.top) * 220 / box.height - 4) / scale + top);
    event.stopPropagation();
  };
  canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => { canvas.setPointerCapture(event.pointerId); move(event); });
  canvas.addEventListener("pointermove", move);
  return { element: canvas, draw };
}
