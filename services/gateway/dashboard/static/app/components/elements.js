// Small elements that every view uses. Pure: they turn values into trees.

import { h } from "../dom.js";
import { hashOf } from "../router.js";

/** A state in words, with a sign beside the colour. */
export function badge(tone, text) {
  return h("span", { class: `badge ${tone}` }, text);
}

/** An English text of the gateway, below the translated one. */
export function englishText(text) {
  return text ? h("p", { class: "english", lang: "en" }, text) : null;
}

/** A definition list of name and value pairs; pairs without a value are left out. */
export function definitionList(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A table that a narrow screen shows as cards: each cell knows its column. */
export function table(caption, columns, rows) {
  return h("table", {},
    h("caption", { class: "visually-hidden" }, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, index) =>
      h("td", { "data-column": columns[index] }, h("div", {}, cell)))))));
}

export function link(text, view, id = "", query = {}) {
  return h("a", { href: hashOf(view, id, query) }, text);
}

/** A button. With a read-only key it stays visible, is disabled and says why. */
export function button({ t, state }, text, { onclick, name, kind = "plain", key }) {
  const isPending = Boolean(state.pending[name]);
  const isDisabled = isPending || state.isReadOnly;
  return h("button", {
    type: "button",
    class: kind,
    "data-key": key ?? null,
    "aria-disabled": isDisabled ? "true" : null,
    "aria-describedby": state.isReadOnly ? "read-only" : null,
    onclick: isDisabled ? null : onclick,
  }, isPending ? t("button.pending") : text);
}

/** A select field; `options` are [value, text] pairs. */
export function select(id, label, name, chosen, options) {
  return h("div", { class: "field" },
    h("label", { for: id }, label),
    h("select", { id, name }, options.map(([value, text]) =>
      h("option", { value, selected: value === (chosen ?? "") }, text))));
}

/** A select field with all resources, for a filter. */
export function resourceSelect(t, chosen, names) {
  const options = [["", t("filter.all")], ...names.map((name) => [name, t(`resource.${name}`)])];
  return select("filter-resource", t("filter.resource"), "resource", chosen, options);
}

export function input(id, label, attributes) {
  return h("div", { class: "field" }, h("label", { for: id }, label), h("input", { id, autocomplete: "off", ...attributes }));
}

/** A form whose fields filter a view: a change opens the view with the new filter. */
export function filterForm(t, view, ...fields) {
  const onchange = (event) => { location.hash = hashOf(view, "", filledFields(event.currentTarget)); };
  return h("form", { class: "filter", onchange, onsubmit: (event) => event.preventDefault(), "aria-label": t("filter.name") }, fields);
}

/** Links to the newest and to the older entries; cursors lead only to older ones. */
export function pager(t, view, query, next) {
  if (!query.before && !next) return null;
  return h("nav", { class: "pager", "aria-label": t("pager.name") },
    query.before ? link(t("pager.newest"), view, "", { ...query, before: "" }) : null,
    next ? link(t("pager.older"), view, "", { ...query, before: String(next) }) : null);
}

/** The fields of a form that are filled in. */
export function filledFields(form) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(fields.filter(([, value]) => value !== ""));
}

/** Shown while the data of a view is being loaded, or after loading failed. */
export function placeholder({ t, state }) {
  const { failure } = state.loaded;
  return h("p", { class: "empty" }, t(failure ? failureKey(failure) : "loading"));
}

function failureKey(failure) {
  return failure.status === 404 ? "not_loaded.not_found" : failure.status === 503 ? "not_loaded.unavailable" : "not_loaded.refused";
}
