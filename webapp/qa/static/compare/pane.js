/** @typedef {{ahead: number, behind: number | null, stalls: number, loading: number | null, kbps: number | null}} Stream */
/**
 * What the pages of a preview offer to this one; there after their scripts have begun.
 *
 * @typedef {object} PreviewOf
 * @property {{at: number, event: string, data: any}[]} messages
 * @property {(heard: boolean) => void} setAudible
 * @property {() => Promise<HTMLCanvasElement>} picture
 * @property {() => Stream | null} stream
 *
 * @typedef {Window & typeof globalThis & {preview?: PreviewOf, soundcheck?: {peers(): RTCPeerConnection[]}}} PaneWindow
 */

const LOOK_MS = 250;

/** One of the people side by side: a frame with a page of ours in it. Events: "page" (another document). */
export class Pane extends EventTarget {
  #frame;
  /** @type {Document | null} */
  #document = null;

  /** @param {HTMLIFrameElement} frame @param {number} number from 1 */
  constructor(frame, number) {
    super();
    this.#frame = frame;
    this.number = number;
    frame.addEventListener("load", () => this.#look());
    setInterval(() => this.#look(), LOOK_MS);
  }

  get window() {
    return /** @type {PaneWindow} */ (this.#frame.contentWindow);
  }

  get document() {
    return /** @type {Document} */ (this.#frame.contentDocument);
  }

  get preview() {
    return this.window.preview ?? null;
  }

  /** The path below which its person lives. */
  get base() {
    return this.document?.documentElement?.dataset.base ?? "";
  }

  /** @param {boolean} heard */
  setAudible(heard) {
    // A page that opens later reads it there.
    this.#frame.dataset.audible = String(heard);
    this.preview?.setAudible(heard);
  }

  #look() {
    const now = this.document;
    if (!now || now === this.#document || now.readyState === "loading") return;
    this.#document = now;
    this.dispatchEvent(new Event("page"));
  }
}
