// Who is at work, since when nobody was heard, and how far the tables are behind.

import { h } from "../dom.js";
import { badge, facts, table } from "../parts/pieces.js";
import { RESOURCES } from "../resources.js";
import { freshnessOf } from "../says/verdict.js";

export const services = {
  title: ({ say }) => say("nav.services"),
  render(context) {
    const { say, state } = context;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, say("nav.services")),
      state.status ? [instances(context), freshness(context), lag(context)] : h("p", { class: "empty" }, say("nothing.yet")));
  },
};

function instances({ say, format, state }) {
  const seen = state.status.services ?? [];
  if (!seen.length) return h("p", { class: "empty" }, say("services.none"));
  const columns = ["service", "state", "seen", "version"].map((name) => say(`column.${name}`));
  return table(say("nav.services"), columns, seen.map((one) => [
    [h("strong", {}, say(`service.${one.service}`)), " ", h("span", { class: "quiet" }, one.instance)],
    badge(one.alive === false ? "bad" : toneOf(one.state), say(`beat.${one.alive === false ? "silent" : one.state}`)),
    one.lastSeen ? format.ago(one.lastSeen, state.now) : "–",
    one.version ?? "–",
  ]));
}

function toneOf(state) {
  return { active: "good", standby: "quiet", waiting: "warn" }[state] ?? "bad";
}

function freshness({ say, format, state }) {
  const fresh = freshnessOf(state.status);
  return h("section", { class: "card wide", "aria-labelledby": "fresh-title" },
    h("h2", { id: "fresh-title" }, say("services.fresh")),
    facts(RESOURCES.filter(({ name }) => fresh[name]).map(({ name }) => {
      const at = fresh[name].lastCompleteAt;
      return [say(`resource.${name}`), [at ? format.time(at) : say("services.never"), " ", fresh[name].stale ? badge("warn", say("services.stale")) : null]];
    })));
}

function lag({ say, format, state }) {
  const behind = Object.entries(state.status.lag ?? {});
  if (!behind.length) return null;
  return h("section", { class: "card wide", "aria-labelledby": "lag-title" },
    h("h2", { id: "lag-title" }, say("services.lag")),
    facts(behind.map(([topic, count]) => [topic, format.number(count)])));
}
