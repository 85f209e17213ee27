/** @typedef {import("./pane.js").Pane} Pane */

const HEAD = 32;
const GAP = 8;
const WIDEST = 2400;
const QUALITY = 0.82;

/**
 * All panes in one picture, drawn by themselves: no browser asks anybody for permission.
 *
 * @param {Pane[]} panes @param {string[]} titles
 * @returns {Promise<Blob>} WebP, or PNG where a browser cannot write that
 */
export async function pictureOf(panes, titles) {
  const drawn = await Promise.all(panes.map((pane) => pane.preview?.picture() ?? Promise.resolve(null)));
  const width = drawn.reduce((sum, one) => sum + (one?.width ?? 0) + GAP, -GAP);
  const height = HEAD + Math.max(...drawn.map((one) => one?.height ?? 0));
  const scale = Math.min(1, WIDEST / width);
  const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(scale, scale);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  let x = 0;
  for (const [index, one] of drawn.entries()) {
    if (!one) continue;
    pen.fillStyle = "#000";
    pen.font = "600 16px sans-serif";
    pen.fillText(titles[index], x + GAP, HEAD - 10, one.width - GAP);
    pen.drawImage(one, x, HEAD);
    x += one.width + GAP;
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/webp", QUALITY);
  });
}
