import { openPeers } from "/static/js/peer-registry.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("./playback-path.js").Ways} Ways */

const LOOK_MS = 20;
const PATIENCE_MS = 15_000;

/**
 * Tells the server, once for each tap, how many milliseconds it took until sound came, or that none did.
 *
 * @param {Pick<Context, "request">} ctx
 * @param {Ways} way
 * @param {() => boolean} isWanted
 */
export async function tellFirstSound(ctx, way, isWanted) {
  const tapped = performance.now();
  const before = await received();
  const passed = () => Math.round(performance.now() - tapped);
  while (passed() < PATIENCE_MS) {
    if (!isWanted()) return;
    // The clock is read after the look: a browser with much to do takes its time to count.
    if (way.late ? way.position.played > 0 : (await received()) > before) return tell(ctx, passed());
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  tell(ctx, null);
}

/** @param {Pick<Context, "request">} ctx @param {number | null} ms */
function tell(ctx, ms) {
  // Away, or closed: it was a measurement, and nobody waits for it.
  ctx.request("listening.heard", { ms }).then(() => performance.mark("soundcheck:heard"), () => {});
}

/** Packets of sound that have come in. A seat that is ready and paused gets none. */
async function received() {
  const reports = await Promise.all(openPeers().map((peer) => peer.getStats()));
  const all = reports.flatMap((report) => [...report.values()]);
  return all.reduce((sum, one) => sum + (one.type === "inbound-rtp" ? (one.packetsReceived ?? 0) : 0), 0);
}
