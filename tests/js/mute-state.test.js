import assert from "node:assert/strict";
import { test } from "node:test";
import { MuteState } from "/assets/_shared/microphone/mute-state.js";

const fresh = () => new MuteState({ muted: false, n: 4 }, false);

test("a request holds at once and has a number above the server's", () => {
  const state = fresh();
  assert.deepEqual(state.request(true), { muted: true, n: 5 });
  assert.equal(state.muted, true);
});

test("an older word of the server does not open a muted microphone", () => {
  const state = fresh();
  state.request(true);
  assert.equal(state.take({ muted: false, n: 4 }), "unchanged");
  assert.equal(state.muted, true);
});

test("of two quick requests the last wins, whatever is answered to the first", () => {
  const state = fresh();
  state.request(true);
  state.request(false);
  assert.equal(state.take({ muted: true, n: 5 }), "unchanged");
  assert.equal(state.muted, false);
  assert.equal(state.take({ muted: false, n: 6 }), "unchanged");
  assert.equal(state.muted, false);
});

test("a server with an open microphone is told once more", () => {
  const state = fresh();
  state.request(true);
  assert.equal(state.take({ muted: true, n: 5 }), "unchanged");
  assert.equal(state.take({ muted: false, n: 6 }), "differs");
  assert.deepEqual(state.request(true), { muted: true, n: 7 });
});

test("a mute by somebody else is taken over, also in the place of an unmute under way", () => {
  const state = fresh();
  assert.equal(state.take({ muted: true, n: 5 }), "muted");
  state.request(false);
  assert.equal(state.take({ muted: true, n: 6 }), "muted");
  assert.equal(state.muted, true);
});

test("a request that was refused for good leaves the server's state the newest", () => {
  const state = fresh();
  state.request(true);
  state.request(false);
  state.withdraw();
  assert.equal(state.take({ muted: true, n: 5 }), "muted");
});

test("what was muted before a reload is muted, whatever the server says", () => {
  assert.equal(new MuteState({ muted: false, n: 4 }, true).muted, true);
  assert.equal(new MuteState({ muted: true }, false).muted, true);
});
