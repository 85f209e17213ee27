import { at } from "/static/js/url.js";
import { el } from "/static/js/dom.js";
import { avatar } from "/static/js/avatar.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Person} Person */
/** @typedef {{slug: string, title: string, host: Person, listeners: number, stage: Person[]}} Live */

const SHOWN = 5;

/** The list of live Spaces, kept as the server tells it. */
export class Lobby {
  #ctx;
  #list = el("ul", { className: "spaces" });
  #empty;

  /** @param {Context} ctx */
  constructor(ctx) {
    this.#ctx = ctx;
    this.#empty = el(
      "div",
      { className: "spaces-empty", hidden: true },
      el("p", { className: "spaces-none", textContent: ctx.t("listening.none") }),
      el("p", { className: "soft", textContent: ctx.t("listening.none_more") }),
    );
    const heading = el("h2", { id: "live", textContent: ctx.t("listening.live") });
    ctx.slots.main.append(el("section", { aria: { labelledby: "live" } }, heading, this.#list, this.#empty));
    ctx.on("lobby.spaces", ({ spaces }) => this.#draw(spaces));
    ctx.on("connect", () => this.#ask());
    this.#ask();
  }

  async #ask() {
    try {
      this.#draw((await this.#ctx.request("lobby.list")).spaces);
    } catch {
      // Away: asked again on connecting. Anything else: the next change brings the list.
    }
  }

  /** @param {Live[]} spaces */
  #draw(spaces) {
    this.#list.replaceChildren(...spaces.map((space) => card(this.#ctx, space)));
    this.#empty.hidden = spaces.length > 0;
  }

  close() {}
}

/** @param {Context} ctx @param {Live} space */
function card(ctx, space) {
  const { t } = ctx;
  return el(
    "li",
    { className: "space-card" },
    el(
      "div",
      { className: "space-card-text" },
      el("h3", {}, el("a", { href: at(`/spaces/${space.slug}`), textContent: space.title })),
      el("p", { className: "soft", textContent: t("listening.with", { name: space.host.name }) }),
    ),
    el(
      "div",
      { className: "space-card-foot" },
      el("p", { className: "space-card-stage small soft" }, faces(space.stage), names(ctx, space.stage)),
      el("p", { className: "small soft numbers", textContent: t("listening.count", { count: space.listeners }) }),
    ),
  );
}

/** @param {Person[]} stage */
function faces(stage) {
  return el("span", { className: "faces" }, ...stage.slice(0, SHOWN).map(avatar));
}

/** @param {Context} ctx @param {Person[]} stage */
function names({ t }, stage) {
  if (stage.length === 0) return t("listening.nobody");
  const all = stage.slice(0, 3).map((person) => person.name).join(", ");
  return stage.length > 3 ? t("listening.on_stage_more", { names: all, more: stage.length - 3 }) : t("listening.on_stage", { names: all });
}
