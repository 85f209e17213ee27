/** Milliseconds before the first retry; each later one waits twice as long as the one before it. */
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 30_000;

/** Answered when the page joins again, or by an event that says so: there is nothing to wait for until then. */
const UNTIL_JOINED = ["away", "not_in_space"];
/** What may be otherwise the next time. To every other code the server has understood, and the answer is no. */
const PASSING = ["timeout", "try_again", "too_many", "internal", "sound_unavailable"];

/** @typedef {{retry: "joined" | "never"} | {retry: "later", ms: number}} NextAttempt */

/**
 * What becomes of a request that was refused, or whose answer never came.
 *
 * @param {string} code of the refusal
 * @param {number} attempts made so far, 1 after the first
 * @returns {NextAttempt}
 */
export function nextAttempt(code, attempts) {
  if (UNTIL_JOINED.includes(code)) return { retry: "joined" };
  if (!PASSING.includes(code)) return { retry: "never" };
  return { retry: "later", ms: Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LAST_RETRY_MS) };
}
