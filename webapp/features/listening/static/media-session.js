/** @typedef {import("/assets/listening/space-state.js").Room} Room */

const session = navigator.mediaSession;

/** What a phone's lock screen and a headset's buttons show and do: the Space, going on listening, stopping. */
export class LockScreen {
  #off;

  /** @param {Room} room @param {{play: () => void, pause: () => void}} acts */
  constructor(room, { play, pause }) {
    // Whoever is on stage hears the others in any case.
    this.#off = room.on("hearing", (hearing) => this.#show(hearing || !["", "listener"].includes(room.me.role)));
    this.#handle({ play, pause, stop: pause });
  }

  /** @param {string} title @param {string} host */
  describe(title, host) {
    if (!session) return;
    const artwork = [{ src: "/static/favicon.svg", type: "image/svg+xml" }];
    session.metadata = new MediaMetadata({ title, artist: host, album: "Soundcheck", artwork });
  }

  close() {
    this.#off();
    this.#handle({ play: null, pause: null, stop: null });
    if (!session) return;
    session.metadata = null;
    session.playbackState = "none";
  }

  /** @param {boolean} hearing */
  #show(hearing) {
    if (session) session.playbackState = hearing ? "playing" : "paused";
  }

  /** @param {Record<string, (() => void) | null>} handlers */
  #handle(handlers) {
    for (const [action, handler] of Object.entries(handlers)) {
      try {
        session?.setActionHandler(/** @type {MediaSessionAction} */ (action), handler);
      } catch {
        // Not every browser knows every button.
      }
    }
  }
}
