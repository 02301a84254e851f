// Small pieces that every view is made of. Pure: trees from values.

import { h } from "../dom.js";
import { hashOf } from "../router.js";

/** A state in a word, with a sign beside the colour. */
export function badge(tone, text) {
  return h("span", { class: `badge ${tone}` }, text);
}

/** The gateway's own English words, beneath ours. */
export function inEnglish(text) {
  return text ? h("p", { class: "english", lang: "en" }, text) : null;
}

/** Name and value pairs; pairs without a value are left out. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A table that a narrow screen shows as cards: each cell knows its column. */
export function table(caption, columns, rows) {
  return h("table", {},
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, place) =>
      h("td", { "data-column": columns[place] }, h("div", {}, cell)))))));
}

export function link(text, view, id = "", query = {}) {
  return h("a", { href: hashOf(view, id, query) }, text);
}

/** A button; where the key may only read it stays there and says why. */
export function button({ say, state }, text, { onclick, name, kind = "plain", key }) {
  const isBusy = Boolean(state.busy[name]);
  const isBlocked = isBusy || state.readOnly;
  return h("button", {
    type: "button",
    class: kind,
    "data-key": key ?? null,
    "aria-disabled": isBlocked ? "true" : null,
    "aria-describedby": state.readOnly ? "read-only" : null,
    onclick: isBlocked ? null : onclick,
  }, isBusy ? say("button.busy") : text);
}

/** Choices in a form; `options` are [value, text]. */
export function select(id, label, name, chosen, options) {
  return h("div", { class: "field" },
    h("label", { for: id }, label),
    h("select", { id, name }, options.map(([value, text]) =>
      h("option", { value, selected: value === (chosen ?? "") }, text))));
}

export function input(id, label, attributes) {
  return h("div", { class: "field" }, h("label", { for: id }, label), h("input", { id, autocomplete: "off", ...attributes }));
}

/** The page before and after; cursors lead only to older ones. */
export function pager(say, view, query, next) {
  if (!query.before && !next) return null;
  return h("nav", { class: "pager", "aria-label": say("pager.name") },
    query.before ? link(say("pager.newest"), view, "", { ...query, before: "" }) : null,
    next ? link(say("pager.older"), view, "", { ...query, before: String(next) }) : null);
}

/** The fields of a form that are filled in. */
export function filled(form) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(fields.filter(([, value]) => value !== ""));
}

/** What stands where something is still being loaded, or could not be. */
export function notYet({ say, state }) {
  if (state.loaded.failure) return h("p", { class: "empty" }, say(missingKey(state.loaded.failure)));
  return h("p", { class: "empty" }, say("loading"));
}

function missingKey(failure) {
  return failure.status === 404 ? "nothing.here" : failure.status === 503 ? "nothing.yet" : "nothing.refused";
}
