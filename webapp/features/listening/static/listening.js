import { Lobby } from "./lobby.js";
import { SpacePage } from "./space-page.js";

/**
 * @param {import("/types.js").Context} ctx
 * @returns {import("/types.js").OpenFeature}
 */
export function open(ctx) {
  return ctx.room ? new SpacePage(ctx, ctx.room) : new Lobby(ctx);
}
