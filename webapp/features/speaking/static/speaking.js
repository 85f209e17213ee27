import { SpeakingControls } from "./controls.js";

/**
 * @param {import("/types.js").Context} ctx
 * @returns {import("/types.js").OpenFeature}
 */
export function open(ctx) {
  return ctx.room ? new SpeakingControls(ctx, ctx.room) : { close() {} };
}
