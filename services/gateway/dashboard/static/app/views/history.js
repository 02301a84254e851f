// All syncs, newest first.

import { h } from "../dom.js";
import { badge, filled, link, notYet, pager, select, table } from "../parts/pieces.js";
import { RESOURCE_NAMES } from "../resources.js";
import { hashOf } from "../router.js";
import { stateOf, toneOf } from "../says/state.js";

const STATUSES = ["requested", "running", "stalled", "completed", "failed", "cancelled"];
const SHOWN = 20;

export const history = {
  title: ({ say }) => say("nav.history"),
  seconds: 15,
  load: (api, { query }) => api.get("syncs", { ...query, limit: SHOWN }),
  render(context) {
    const { say, state } = context;
    const { query } = state.route;
    const listed = state.loaded.value;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, say("nav.history")),
      filter(say, query),
      listed ? [syncs(context, listed.items), pager(say, "history", query, listed.next)] : notYet(context));
  },
};

function filter(say, query) {
  const choose = (event) => { location.hash = hashOf("history", "", filled(event.currentTarget)); };
  return h("form", { class: "filter", onchange: choose, onsubmit: (event) => event.preventDefault(), "aria-label": say("filter.name") },
    select("filter-resource", say("filter.resource"), "resource", query.resource,
      [["", say("filter.all")], ...RESOURCE_NAMES.map((name) => [name, say(`resource.${name}`)])]),
    select("filter-status", say("filter.status"), "status", query.status,
      [["", say("filter.all")], ...STATUSES.map((name) => [name, say(`status.${name}`)])]));
}

function syncs({ say, format, state }, items) {
  if (!items.length) return h("p", { class: "empty" }, say("history.empty"));
  const columns = ["started", "resource", "state", "records", "duration", "trigger"].map((name) => say(`column.${name}`));
  return table(say("nav.history"), columns, items.map((sync) => [
    link(format.time(sync.startTime ?? sync.requestedTime ?? state.now), "syncs", sync.syncId),
    [say(`resource.${sync.resource}`), sync.kind === "single" ? ` · ${say("kind.single")}` : "", sync.mode === "incremental" ? ` · ${say("mode.incremental")}` : ""],
    badge(toneOf(stateOf(sync)), say(`state.${stateOf(sync)}`)),
    format.number(sync.processedRecords),
    sync.durationSeconds ? format.duration(sync.durationSeconds) : "–",
    sync.trigger ? say(`trigger.${sync.trigger}`) : "–",
  ]));
}
