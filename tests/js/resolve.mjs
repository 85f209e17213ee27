// Lets Node load the product's scripts, which import each other by their addresses.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const ROOT = pathToFileURL(`${import.meta.dirname}/../../webapp/`);

/** @param {string} address */
function fileOf(address) {
  return address.replace(/^\/static\//, "static/").replace(/^\/assets\/((?:_shared\/)?\w+)\//, "features/$1/static/");
}

registerHooks({
  resolve(specifier, context, next) {
    const isAddress = /^\/(static|assets)\//.test(specifier);
    return next(isAddress ? new URL(fileOf(specifier), ROOT).href : specifier, context);
  },
});
