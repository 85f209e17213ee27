import assert from "node:assert/strict";
import { test } from "node:test";

/** As much of an element as a button needs. */
function element() {
  return {
    dataset: {},
    classList: { toggle() {} },
    firstElementChild: null,
    append(child) {
      this.firstElementChild ??= child;
    },
    setAttribute() {},
    addEventListener() {},
    remove() {},
  };
}

globalThis.window = globalThis;
globalThis.document = Object.assign(new EventTarget(), { hidden: false, createElement: element });
const { ListenControl } = await import("/assets/listening/listen-button.js");
const { Room } = await import("/assets/listening/space-state.js");

/** A seat in a browser that plays nothing before a tap. */
class RefusedSeat extends EventTarget {
  state = "cold";
  waits = false;
  sounding = false;
  hush() {}
  async unlock() {
    throw Object.assign(new Error("not touched yet"), { name: "NotAllowedError" });
  }
  async warm() {
    this.state = "warm";
  }
  async start() {
    await this.warm();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

test("a browser that wants a tap before it plays has the seat connected before the tap", async () => {
  const sent = [];
  const room = new Room("abc");
  const ctx = {
    me: { id: "p1" },
    slots: { actions: { append() {} } },
    t: (key) => key,
    announce() {},
    toast() {},
    request: async (event) => void sent.push(event),
  };
  const seat = new RefusedSeat();
  const control = new ListenControl(ctx, room, seat);
  room.setMe({ role: "listener", muted: false, listening: true });
  control.handleJoined();
  await settled();
  assert.equal(seat.state, "warm");
  assert.deepEqual(sent, ["listening.stop"]);
  control.close();
});
