// The services with their last heartbeats, the freshness of the lists, and the lag.

import { badge, definitionList, englishText, table } from "../components/elements.js";
import { h } from "../dom.js";
import { RESOURCES } from "../resources.js";
import { freshnessOf } from "../text/headline.js";

export const services = {
  title: ({ t }) => t("nav.services"),
  render(context) {
    const { t, state } = context;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, t("nav.services")),
      state.status ? [instances(context), freshness(context), lag(context)] : h("p", { class: "empty" }, t("not_loaded.unavailable")));
  },
};

function instances({ t, format, state }) {
  const all = state.status.services ?? [];
  if (!all.length) return h("p", { class: "empty" }, t("services.none"));
  const columns = ["service", "state", "last_seen", "version"].map((name) => t(`column.${name}`));
  return table(t("nav.services"), columns, all.map((instance) => [
    [h("strong", {}, t(`service.${instance.service}`)), " ", h("span", { class: "quiet" }, instance.instance)],
    [stateBadge(t, instance), englishText(problems(instance))],
    instance.lastSeen ? format.ago(instance.lastSeen, state.now) : "–",
    instance.version ?? "–",
  ]));
}

const TONES = { active: "good", standby: "quiet", waiting: "warn" };

function stateBadge(t, { alive, state }) {
  return alive ? badge(TONES[state] ?? "quiet", t(`service_state.${state}`)) : badge("bad", t("service_state.silent"));
}

// The last heartbeat of a silent service is out of date; that of an ended one names the reason.
function problems({ alive, state, checks }) {
  if (!alive && state !== "ended") return "";
  return Object.entries(checks).filter(([, result]) => result !== "ok").map(([name, result]) => `${name}: ${result}`).join(", ");
}

function freshness({ t, format, state }) {
  const byResource = freshnessOf(state.status);
  return h("section", { class: "card wide", "aria-labelledby": "freshness-title" },
    h("h2", { id: "freshness-title" }, t("services.freshness")),
    definitionList(RESOURCES.filter(({ name }) => byResource[name]).map(({ name }) => {
      const { lastCompleteAt, stale } = byResource[name];
      const time = lastCompleteAt ? format.dateTime(lastCompleteAt) : t("services.never");
      return [t(`resource.${name}`), [time, " ", stale ? badge("warn", t("services.stale")) : null]];
    })));
}

function lag({ t, format, state }) {
  const entries = Object.entries(state.status.lag ?? {});
  if (!entries.length) return null;
  return h("section", { class: "card wide", "aria-labelledby": "lag-title" },
    h("h2", { id: "lag-title" }, t("services.lag")),
    definitionList(entries.map(([name, count]) => [t(`resource.${name}`), format.number(count)])));
}
