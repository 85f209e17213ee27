/**
 * What was found out, in figures. `route`: "direct" (UDP), "relay" (UDP, over a relay), "tcp" (over a relay, and over
 * TCP from here to it), "none". `loss` is a share, 0..1, of the worse direction; `delay` the way there and back, in
 * seconds; `relay` whether the relay can be reached, null when there is none. `level` is 0..1, as a meter shows it, of
 * the middle of what was said.
 *
 * @typedef {{route: "direct" | "relay" | "tcp" | "none", loss: number, delay: number, relay: boolean | null}} Way
 * @typedef {{talked: boolean, level: number}} Heard
 * @typedef {"good" | "look" | "bad"} State
 * @typedef {{state: State, key: string, vars?: Record<string, string | number>}} Verdict
 */

const QUIET = 0.35;
const LOUD = 0.96;
/** In-band FEC hides the first, hardly anything the second. */
const LOSS = { look: 0.02, bad: 0.1 };
/** People begin to talk over each other. */
const DELAY = { look: 0.3, bad: 0.6 };

/** @param {Heard} heard @returns {Verdict} */
export function judgeVoice({ talked, level }) {
  if (!talked) return { state: "bad", key: "onstage.voice_none" };
  if (level < QUIET) return { state: "look", key: "onstage.voice_quiet" };
  if (level > LOUD) return { state: "look", key: "onstage.voice_loud" };
  return { state: "good", key: "onstage.voice_good" };
}

/** @param {Way} way @returns {Verdict[]} */
export function judgeWay({ route, loss, delay, relay }) {
  if (route === "none") return [{ state: "bad", key: "onstage.route_none" }];
  /** @type {Verdict[]} */
  const verdicts = [{ state: route === "tcp" ? "look" : "good", key: `onstage.route_${route}` }];
  const percent = Math.round(loss * 100);
  verdicts.push({ ...graded(loss, LOSS, "onstage.loss"), vars: { percent } });
  verdicts.push({ ...graded(delay, DELAY, "onstage.delay"), vars: { ms: Math.round(delay * 1000) } });
  if (route === "direct" && relay !== null) {
    verdicts.push({ state: relay ? "good" : "look", key: `onstage.relay_${relay ? "there" : "away"}` });
  }
  return verdicts;
}

/** @param {Verdict[]} verdicts @returns {State} the worst */
export function worst(verdicts) {
  const states = verdicts.map(({ state }) => state);
  return states.includes("bad") ? "bad" : states.includes("look") ? "look" : "good";
}

/** @param {number} value @param {{look: number, bad: number}} limits @param {string} key @returns {Verdict} */
function graded(value, limits, key) {
  const state = value >= limits.bad ? "bad" : value >= limits.look ? "look" : "good";
  return { state, key: `${key}_${state}` };
}
