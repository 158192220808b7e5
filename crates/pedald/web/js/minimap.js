// The whole board small, with the part in sight; touch it to go there. Nothing is asked of the page's layout or style while
// it is drawn: it is drawn after nodes have changed, and the browser would have to lay them out at once.

import { h } from "./dom.js";

const WIDTH = 360, HEIGHT = 220;

/**
 * @param {() => { boxes: { x: number, y: number, width: number, height: number, colour: string }[], sight: { x: number, y: number, width: number, height: number } }} look
 * @param {(x: number, y: number) => void} go
 */
export function minimap(look, go) {
  const canvas = h("canvas", { width: WIDTH, height: HEIGHT }), frame = h("div.minimap-sight");
  const element = h("div.minimap", { "aria-hidden": "true" }, canvas, frame);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let scale = 1, left = 0, top = 0, drawn = "";
  const draw = () => {
    const { boxes, sight } = look();
    const all = [...boxes, sight];
    left = Math.min(...all.map(box => box.x));
    top = Math.min(...all.map(box => box.y));
    const right = Math.max(...all.map(box => box.x + box.width)), bottom = Math.max(...all.map(box => box.y + box.height));
    scale = Math.min((WIDTH - 8) / Math.max(1, right - left), (HEIGHT - 8) / Math.max(1, bottom - top));
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    const put = (/** @type {{ x: number, y: number, width: number, height: number }} */ box) => /** @type {const} */ ([4 + (box.x - left) * scale, 4 + (box.y - top) * scale, box.width * scale, box.height * scale]);
    for (const box of boxes) {
      pen.fillStyle = box.colour;
      pen.fillRect(...put(box));
    }
    const [x, y, width, height] = put(sight);
    const inset = `${percent(y, HEIGHT)} ${percent(WIDTH - x - width, WIDTH)} ${percent(HEIGHT - y - height, HEIGHT)} ${percent(x, WIDTH)}`;
    if (inset !== drawn) frame.style.inset = drawn = inset;
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = canvas.getBoundingClientRect();
    go(((event.clientX - box.left) * WIDTH / box.width - 4) / scale + left, ((event.clientY - box.top) * HEIGHT / box.height - 4) / scale + top);
    event.stopPropagation();
  };
  element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => { element.setPointerCapture(event.pointerId); move(event); });
  element.addEventListener("pointermove", move);
  return { element, draw };
}

/** @param {number} part @param {number} whole */
const percent = (part, whole) => `${(part / whole * 100).toFixed(2)}%`;
