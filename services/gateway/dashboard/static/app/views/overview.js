// The first thing seen: is it finished, is it right, what went wrong, what is to be done.

import { h } from "../dom.js";
import { button, inEnglish } from "../parts/pieces.js";
import { card } from "../parts/card.js";
import { people } from "../parts/person.js";
import { RESOURCES } from "../resources.js";
import { decisionsOf, verdictOf } from "../says/verdict.js";

export const overview = {
  title: ({ say, state }) => verdictInWords(say, verdictOf(state)),
  render(context) {
    const { say, state } = context;
    const verdict = verdictOf(state);
    return h("div", { class: "view" },
      h("h1", { class: `verdict ${verdict.tone}`, tabindex: "-1" }, verdictInWords(say, verdict)),
      state.findings.map((found) => trouble(say, found)),
      decisionsOf(state).map((decision) => question(context, decision)),
      h("div", { class: "cards" }, RESOURCES.map((resource) => card(context, resource))),
      people(context));
  },
};

export function verdictInWords(say, { key, names }) {
  return say(key, { names: names.map((name) => say(`resource.${name}`)).join(", ") });
}

// In doctor's own words: the runbook and the logs have the same.
function trouble(say, { service, instance, subject, code, detail, advice }) {
  const name = `${say(`service.${service}`)}: ${subject}`;
  return h("section", { class: "banner bad", "aria-label": name, "data-key": [service, instance, subject, code].join() },
    h("h2", {}, name), inEnglish(detail), inEnglish(advice && `→ ${advice}`));
}

function question(context, { kind, resource, sync }) {
  const { say, act } = context;
  const name = say(`resource.${resource}`);
  const isRemoval = kind === "removals";
  const values = isRemoval ? { name, count: sync.removals.missing, limit: sync.removals.limit } : { name };
  return h("section", { class: "banner warn", "aria-label": say(`decide.${kind}.title`, values), "data-key": kind + resource },
    h("h2", {}, say(`decide.${kind}.title`, values)),
    h("p", {}, say(`decide.${kind}.text`, values)),
    h("div", { class: "buttons" }, isRemoval ? [
      button(context, say("button.discard"), { name: "removals", key: "discard", onclick: () => act.discardRemovals(sync.syncId) }),
      button(context, say("button.approve"), { name: "removals", key: "approve", kind: "danger", onclick: () => act.approveRemovals(sync.syncId) }),
    ] : button(context, say("button.go_on"), { name: "loading", key: "go", kind: "main", onclick: () => act.resumeLoading(resource) })));
}
