import { Floats } from "./floating-emoji.js";
import { Sender } from "./sender.js";
import { Tapback } from "./reply-reaction.js";
import { Tray } from "./emoji-picker.js";

/**
 * @param {import("/types.js").Context} ctx
 * @returns {import("/types.js").OpenFeature}
 */
export function open(ctx) {
  const room = ctx.room;
  if (!room) return { close() {} };
  const floats = new Floats(ctx, room);
  const sender = new Sender(ctx, floats);
  const way = ctx.variant === "tapback" ? new Tapback(ctx, room, sender) : new Tray(ctx, sender);
  const close = () => {
    off();
    way.close();
    floats.close();
  };
  const off = room.on("ended", close);
  return { close };
}
