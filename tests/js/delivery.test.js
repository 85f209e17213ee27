import assert from "node:assert/strict";
import { mock, test } from "node:test";

globalThis.window = globalThis;
const { Delivery } = await import("/static/js/delivery.js");
const { nextAttempt } = await import("/static/js/delivery-policy.js");

/** A server whose answers the test gives. */
function scene() {
  const sent = [];
  const seen = [];
  const request = (_event, content) => new Promise((answer, refuse) => sent.push({ content, answer, refuse: (code) => refuse({ code }) }));
  const delivery = new Delivery(request, "x", {
    delivered: (answer) => seen.push(["delivered", answer]),
    refused: ({ code }) => seen.push(["refused", code]),
    delayed: ({ code }) => seen.push(["delayed", code]),
  });
  return { sent, seen, delivery };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a refusal that may pass is followed by another attempt", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, seen, delivery } = scene();
  delivery.send({ a: 1 });
  sent[0].refuse("timeout");
  await settled();
  assert.deepEqual(seen, [["delayed", "timeout"]]);
  mock.timers.tick(60_000);
  assert.deepEqual(sent.map(({ content }) => content), [{ a: 1 }, { a: 1 }]);
  sent[1].answer("yes");
  await settled();
  assert.deepEqual(seen.at(-1), ["delivered", "yes"]);
  assert.equal(delivery.pending, false);
  mock.timers.tick(60_000);
  delivery.resume();
  assert.equal(sent.length, 2);
  mock.timers.reset();
});

test("away: sent again with the next join, not before", async () => {
  const { sent, delivery } = scene();
  delivery.send();
  sent[0].refuse("away");
  await settled();
  assert.equal(delivery.pending, true);
  delivery.resume();
  assert.equal(sent.length, 2);
});

test("the answer to an earlier request does not count", async () => {
  const { sent, seen, delivery } = scene();
  delivery.send({ n: 1 });
  delivery.send({ n: 2 });
  sent[0].answer("old");
  await settled();
  assert.equal(delivery.pending, true);
  assert.deepEqual(seen, []);
});

test("a final refusal ends it", async () => {
  const { sent, seen, delivery } = scene();
  delivery.send();
  sent[0].refuse("not_on_stage");
  await settled();
  assert.deepEqual(seen, [["refused", "not_on_stage"]]);
  delivery.resume();
  assert.equal(sent.length, 1);
});

test("attempts become rarer, up to a limit", () => {
  const waits = [1, 2, 3, 4, 5, 9].map((attempts) => nextAttempt("try_again", attempts).ms);
  assert.deepEqual(waits, [2000, 4000, 8000, 16_000, 30_000, 30_000]);
});
