// The rejected records (dead letters), newest first.

import { badge, button, filterForm, input, link, pager, placeholder, resourceSelect, select, table } from "../components/elements.js";
import { h } from "../dom.js";
import { RESOURCE_NAMES } from "../resources.js";

const PAGE_SIZE = 20;

export const deadLetters = {
  title: ({ t }) => t("nav.dead-letters"),
  reloadSeconds: 15,
  load: (api, { query }) => api.get("dead-letters", { ...query, limit: PAGE_SIZE }),
  render(context) {
    const { t, state } = context;
    const { query } = state.route;
    const page = state.loaded.value;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, t("nav.dead-letters")),
      h("p", {}, t("dead_letters.text")),
      filter(t, query),
      page ? [list(context, page.items), pager(t, "dead-letters", query, page.next)] : placeholder(context));
  },
};

function filter(t, query) {
  return filterForm(t, "dead-letters",
    resourceSelect(t, query.resource, RESOURCE_NAMES),
    select("filter-state", t("filter.status"), "state", query.state,
      [["", t("filter.all")], ...["buried", "retrying"].map((name) => [name, t(`dead_letter.${name}`)])]),
    input("filter-code", t("filter.code"), { name: "code", value: query.code ?? "" }),
    input("filter-sync", t("filter.sync"), { name: "sync", value: query.sync ?? "" }));
}

function list(context, letters) {
  const { t, format, state, actions } = context;
  if (!letters.length) return h("p", { class: "empty good" }, t("dead_letters.empty"));
  const { before, ...filters } = state.route.query;
  const columns = ["rejected_at", "record", "reason", "state"].map((name) => t(`column.${name}`));
  return [
    h("div", { class: "buttons" },
      button(context, t("button.retry_all"), { name: "dead letters", onclick: () => actions.retryDeadLetters(filters) })),
    table(t("nav.dead-letters"), columns, letters.map((letter) => [
      link(format.dateTime(letter.buriedAt), "dead-letters", letter.id),
      `${t(`resource.${letter.resource}`)} ${letter.key ?? t("dead_letter.without_id")}`,
      h("span", { lang: "en" }, letter.reason),
      badge(letter.state === "retrying" ? "busy" : "warn", t(`dead_letter.${letter.state}`)),
    ])),
  ];
}
