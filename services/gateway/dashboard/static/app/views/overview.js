// The first view: the headline, the problems, the decisions, and a card for each resource.

import { card } from "../components/card.js";
import { button, englishText } from "../components/elements.js";
import { personForms } from "../components/person-form.js";
import { h } from "../dom.js";
import { RESOURCES } from "../resources.js";
import { findingText } from "../text/findings.js";
import { decisionsOf, headlineOf } from "../text/headline.js";

export const overview = {
  title: ({ t, state }) => headlineText(t, headlineOf(state)),
  render(context) {
    const { t, state } = context;
    const headline = headlineOf(state);
    return h("div", { class: "view" },
      h("h1", { class: `headline ${headline.tone}`, tabindex: "-1" }, headlineText(t, headline)),
      (state.findings ?? []).map((finding) => findingBanner(t, finding)),
      decisionsOf(state).map((decision) => decisionBanner(context, decision)),
      h("div", { class: "cards", "data-key": "cards" }, RESOURCES.map((resource) => card(context, resource))),
      personForms(context));
  },
};

function headlineText(t, { key, names, others }) {
  const list = (resources) => resources.map((name) => t(`resource.${name}`)).join(", ");
  return t(key, { names: list(names), others: list(others) });
}

// The English texts of doctor are in the runbook and in the logs, too.
function findingBanner(t, { service, instance, subject, code, detail, advice }) {
  const english = [englishText(`${subject}: ${detail}`), englishText(advice && `→ ${advice}`)];
  const known = findingText(code, t);
  const title = `${t(`service.${service}`)}: ${known?.title ?? subject}`;
  return h("section", { class: "banner bad", "aria-label": title, "data-key": [service, instance, subject, code].join() },
    h("h2", {}, title),
    known ? [h("p", {}, known.advice), h("details", {}, h("summary", {}, t("finding.details")), english)] : english);
}

function decisionBanner(context, { kind, resource, sync }) {
  const { t } = context;
  const name = t(`resource.${resource}`);
  const values = kind === "removals" ? { name, count: sync.removals.missing, limit: sync.removals.limit } : { name };
  const title = t(`decision.${kind}.title`, values);
  return h("section", { class: "banner warn", "aria-label": title, "data-key": kind + resource },
    h("h2", {}, title),
    h("p", {}, t(`decision.${kind}.text`, values)),
    h("div", { class: "buttons" }, kind === "removals" ? removalButtons(context, sync) : loadingButton(context, resource)));
}

function removalButtons(context, { syncId }) {
  const { t, actions } = context;
  return [
    button(context, t("button.discard_removals"), { name: "removals", key: "discard", onclick: () => actions.discardRemovals(syncId) }),
    button(context, t("button.approve_removals"), { name: "removals", key: "approve", kind: "danger", onclick: () => actions.approveRemovals(syncId) }),
  ];
}

function loadingButton(context, resource) {
  const { t, actions } = context;
  return button(context, t("button.resume_loading"), { name: "loading", key: "resume", kind: "main", onclick: () => actions.resumeLoading(resource) });
}
