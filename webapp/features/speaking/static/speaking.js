import { SpeakingControls } from "./controls.js";

/**
 * @param {import("/static/js/types.js").Context} ctx
 * @returns {import("/static/js/types.js").OpenFeature}
 */
export function open(ctx) {
  return ctx.room ? new SpeakingControls(ctx, ctx.room) : { close() {} };
}
