/**
 * The shapes that pages, modules and server agree on. Only for checking: no browser is sent this file.
 *
 * @typedef {{id: string, name: string, qa?: boolean}} Person `qa`: there to look at the product
 * @typedef {Person & {role: string, muted: boolean, talking: boolean, runs: boolean}} OnStage
 * @typedef {{role: string, muted: boolean, listening?: boolean, n?: number, muted_by?: Person}} Me `n`: number of the mute request that the server applied last; `muted_by`: where somebody else did it
 *
 * @typedef {object} Boot what the page itself carries
 * @property {Person | null} me
 * @property {"lobby" | "space"} page
 * @property {string} [slug] of the Space, on its page; null elsewhere
 * @property {string} [room] address of the module of what is shared on this page, if anything is
 * @property {string} [recorder] address of a script that notes what the server sends
 * @property {string} language
 * @property {Record<string, string>} strings of the shell, in this language
 *
 * @typedef {object} FeaturePayload one open feature, as the server sends it
 * @property {string} key
 * @property {string | null} variant
 * @property {string} module address of its ES module
 * @property {string[]} styles
 * @property {Record<string, string>} strings
 *
 * @typedef {"cut" | "drain" | "gone"} Closing
 * @typedef {{close(reason: Closing): void}} OpenFeature
 * @typedef {{code: string, message: string}} Refusal what a failed request rejects with
 * @typedef {(key: string, vars?: Record<string, string | number>) => string} Translate
 *
 * @typedef {object} Context what a feature's module is given
 * @property {string} key
 * @property {string | null} variant
 * @property {Translate} t
 * @property {(event: string, data?: object, patience?: number) => Promise<any>} request with `patience` (ms) a line that brings nothing at all is given up for another
 * @property {(event: string, fn: (data: any) => void) => () => void} on "connect" tells that the connection is (again) there
 * @property {import("/assets/listening/space-state.js").Room | null} room
 * @property {Person} me
 * @property {"lobby" | "space"} page
 * @property {Record<string, HTMLElement>} slots this feature's own part of each place on the page
 * @property {(text: string) => void} announce said by a screen reader, not shown
 * @property {(text: string) => void} toast
 */

export {};
