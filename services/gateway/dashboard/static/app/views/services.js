// Who is at work, since when nobody was heard, and how far the tables are behind.

import { h } from "../dom.js";
import { badge, facts, inEnglish, table } from "../parts/pieces.js";
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
    [badge(...stateOf(one, say)), inEnglish(wrong(one))],
    one.lastSeen ? format.ago(one.lastSeen, state.now) : "–",
    one.version ?? "–",
  ]));
}

const TONES = { active: "good", standby: "quiet", waiting: "warn" };

function stateOf({ alive, state }, say) {
  return alive ? [TONES[state] ?? "quiet", say(`beat.${state}`)] : ["bad", say("beat.silent")];
}

function wrong({ alive, state, checks }) {
  const amiss = Object.entries(checks).filter(([, found]) => found !== "ok");
  // What one that is silent last said is old; what one that ended said is why.
  return alive || state === "ended" ? amiss.map(([name, found]) => `${name}: ${found}`).join(", ") : "";
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
    facts(behind.map(([name, count]) => [say(`resource.${name}`), format.number(count)])));
}
