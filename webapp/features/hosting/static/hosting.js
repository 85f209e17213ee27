import { NewSpace } from "./new-space.js";
import { HostPage } from "./host-page.js";

/**
 * @param {import("/types.js").Context} ctx
 * @returns {import("/types.js").OpenFeature}
 */
export function open(ctx) {
  return ctx.room ? new HostPage(ctx, ctx.room) : new NewSpace(ctx);
}
