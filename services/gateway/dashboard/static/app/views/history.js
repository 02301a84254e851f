// All syncs, newest first.

import { badge, filterForm, link, pager, placeholder, resourceSelect, select, table } from "../components/elements.js";
import { h } from "../dom.js";
import { RESOURCE_NAMES } from "../resources.js";
import { stateOf, toneOf } from "../text/state.js";

const STATUSES = ["requested", "running", "stalled", "completed", "failed", "cancelled"];
const PAGE_SIZE = 20;

export const history = {
  title: ({ t }) => t("nav.history"),
  reloadSeconds: 15,
  load: (api, { query }) => api.get("syncs", { ...query, limit: PAGE_SIZE }),
  render(context) {
    const { t, state } = context;
    const { query } = state.route;
    const page = state.loaded.value;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, t("nav.history")),
      filter(t, query),
      page ? [list(context, page.items), pager(t, "history", query, page.next)] : placeholder(context));
  },
};

function filter(t, query) {
  return filterForm(t, "history",
    resourceSelect(t, query.resource, RESOURCE_NAMES),
    select("filter-status", t("filter.status"), "status", query.status,
      [["", t("filter.all")], ...STATUSES.map((name) => [name, t(`status.${name}`)])]));
}

function list({ t, format, state }, syncs) {
  if (!syncs.length) return h("p", { class: "empty" }, t("history.empty"));
  const columns = ["started", "resource", "state", "records", "duration", "trigger"].map((name) => t(`column.${name}`));
  return table(t("nav.history"), columns, syncs.map((sync) => [
    link(format.dateTime(sync.startTime ?? sync.requestedTime ?? state.now), "syncs", sync.syncId),
    [t(`resource.${sync.resource}`), sync.kind === "single" ? ` · ${t("kind.single")}` : "", sync.mode === "incremental" ? ` · ${t("mode.incremental")}` : ""],
    badge(toneOf(stateOf(sync)), t(`state.${stateOf(sync)}`)),
    format.number(sync.processedRecords),
    sync.durationSeconds ? format.duration(sync.durationSeconds) : "–",
    sync.trigger ? t(`trigger.${sync.trigger}`) : "–",
  ]));
}
