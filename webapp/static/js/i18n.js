/** @typedef {import("/types.js").Translate} Translate */

/**
 * Texts of one part of the page. `{name}` is replaced; with `vars.count`, `key.one` or `key.other` is taken.
 *
 * @param {Record<string, string>} strings
 * @param {string} language
 * @returns {Translate}
 */
export function translator(strings, language) {
  const plural = new Intl.PluralRules(language);
  return (key, vars = {}) => {
    const form = typeof vars.count === "number" ? `${key}.${plural.select(vars.count)}` : key;
    const text = strings[form] ?? strings[`${key}.other`] ?? strings[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(vars[name] ?? whole));
  };
}
