const PATIENCE_MS = 10_000;

/**
 * A POST with a form token that is fresh, whatever the age of this page. Rejects when there is no answer in time.
 *
 * @param {string} address of reports
 * @param {string} to
 * @param {object} [content]
 */
export async function post(address, to, content = {}) {
  const accept = { Accept: "application/json" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const given = await fetch(`${address}/token`, { headers: accept, signal });
  if (!given.ok) return given;
  const { token } = await given.json();
  const headers = { ...accept, "Content-Type": "application/json", "X-CSRFToken": token };
  return fetch(to, { method: "POST", headers, body: JSON.stringify(content), signal });
}
