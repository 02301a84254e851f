// Records that could not be loaded: which, why, and what to do with each.

import { h } from "../dom.js";
import { badge, button, filled, input, link, notYet, pager, select, table } from "../parts/pieces.js";
import { RESOURCE_NAMES } from "../resources.js";
import { hashOf } from "../router.js";

const SHOWN = 20;

export const letters = {
  title: ({ say }) => say("nav.dead-letters"),
  seconds: 15,
  load: (api, { query }) => api.get("dead-letters", { ...query, limit: SHOWN }),
  render(context) {
    const { say, state } = context;
    const { query } = state.route;
    const listed = state.loaded.value;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, say("nav.dead-letters")),
      h("p", {}, say("letters.text")),
      filter(say, query),
      listed ? [items(context, listed.items), pager(say, "dead-letters", query, listed.next)] : notYet(context));
  },
};

function filter(say, query) {
  const choose = (event) => { location.hash = hashOf("dead-letters", "", filled(event.currentTarget)); };
  return h("form", { class: "filter", onchange: choose, onsubmit: (event) => event.preventDefault(), "aria-label": say("filter.name") },
    select("filter-resource", say("filter.resource"), "resource", query.resource,
      [["", say("filter.all")], ...RESOURCE_NAMES.map((name) => [name, say(`resource.${name}`)])]),
    select("filter-state", say("filter.status"), "state", query.state,
      [["", say("filter.all")], ...["buried", "retrying"].map((name) => [name, say(`letter.${name}`)])]),
    input("filter-code", say("filter.code"), { name: "code", value: query.code ?? "" }),
    input("filter-sync", say("filter.sync"), { name: "sync", value: query.sync ?? "" }));
}

function items(context, listed) {
  const { say, format, state, act } = context;
  if (!listed.length) return h("p", { class: "empty good" }, say("letters.empty"));
  const { before, ...wanted } = state.route.query;
  const columns = ["buried", "record", "reason", "state"].map((name) => say(`column.${name}`));
  return [
    h("div", { class: "buttons" },
      button(context, say("button.retry_all"), { name: "letters", onclick: () => act.retryLetters(wanted) })),
    table(say("nav.dead-letters"), columns, listed.map((letter) => [
      link(format.time(letter.buriedAt), "dead-letters", letter.id),
      `${say(`resource.${letter.resource}`)} ${letter.key ?? say("letter.without_id")}`,
      h("span", { lang: "en" }, letter.reason),
      badge(letter.state === "retrying" ? "busy" : "warn", say(`letter.${letter.state}`)),
    ])),
  ];
}
