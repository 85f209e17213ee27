const base = document.documentElement.dataset.base ?? "";

/**
 * The address of a page or a socket of ours for who looks at this page: everything of theirs may live below a
 * path of its own. Scripts and styles below /static are the same for everybody, and keep one address.
 *
 * @param {string} path "/…"
 */
export const at = (path) => base + path;
