// One sync with its report, and the sums that check its numbers.

import { badge, button, definitionList, englishText, link, placeholder } from "../components/elements.js";
import { h } from "../dom.js";
import { ACTIVE, adviceOf, isResumable, sentenceOf, stateOf, toneOf } from "../text/state.js";

export const sync = {
  title: ({ t }) => t("sync.title"),
  reloadSeconds: 5,
  load: (api, { id }) => api.get(`syncs/${encodeURIComponent(id)}`),
  render(context) {
    const { t, state } = context;
    const report = state.loaded.value;
    if (!report) return h("div", { class: "view" }, h("h1", { tabindex: "-1" }, t("sync.title")), placeholder(context));
    return h("div", { class: "view" }, heading(context, report), summary(context, report), sums(context, report),
      errors(context, report), definitionList(details(context, report)));
  },
};

function heading({ t, format, state }, report) {
  const syncState = stateOf(report);
  const time = format.dateTime(report.startTime ?? report.requestedTime ?? state.now);
  return [
    h("p", { class: "back" }, link(t("sync.back"), "history")),
    h("h1", { tabindex: "-1" }, `${t(`resource.${report.resource}`)}, ${time}`, " ", badge(toneOf(syncState), t(`state.${syncState}`))),
  ];
}

function summary(context, report) {
  const { t } = context;
  return h("section", { class: "card wide", "aria-label": t("sync.state") },
    h("p", { class: "sentence" }, sentenceOf(report, context)),
    h("p", { class: "advice" }, adviceOf(report, context, report.resource)),
    englishText(report.message),
    h("div", { class: "buttons" }, buttons(context, report)));
}

function buttons(context, report) {
  const { t, state, actions } = context;
  const { resource, syncId } = report;
  if (ACTIVE.has(report.status)) {
    return button(context, t("button.cancel"), { name: `cancel ${resource}`, key: "cancel", onclick: () => actions.cancel(resource, syncId) });
  }
  if (!isResumable(report, state, resource)) return null;
  return button(context, t("button.resume"), { name: `start ${resource}`, key: "resume", kind: "main", onclick: () => actions.resume(resource, syncId) });
}

function sums({ t, format }, report) {
  if (!report.sums?.length) return null;
  const side = (terms) => Object.entries(terms).flatMap(([name, count], index) => [
    index ? h("span", { class: "sign" }, "+") : null,
    h("span", { class: "term" }, h("b", {}, format.number(count)), " ", t(`term.${name}`)),
  ]);
  return h("section", { class: "card wide", "aria-labelledby": "sums-title" },
    h("h2", { id: "sums-title" }, t("sum.title")),
    report.sums.map((sum) => h("div", { class: "sum" },
      h("h3", {}, t(`sum.${sum.name}`)),
      h("p", {}, side(sum.left), h("span", { class: "sign" }, "="), side(sum.right)),
      badge(sum.holds ? "good" : "bad", t(sum.holds ? "sum.holds" : "sum.broken")))));
}

function errors({ t }, report) {
  if (!report.errors.length) return null;
  return h("section", { class: "card wide", "aria-labelledby": "errors-title" },
    h("h2", { id: "errors-title" }, t("errors.count", { count: report.errors.length })),
    report.rejected ? h("p", {}, link(t("advice.dead_letters"), "dead-letters", "", { sync: report.syncId })) : null,
    h("ul", { class: "errors", lang: "en" }, report.errors.map((line) => h("li", {}, line))));
}

function details({ t, format }, report) {
  const time = (at) => (at ? format.dateTime(at) : null);
  const retyped = Object.entries(report.retypedFields ?? {}).map(([name, types]) => `${name} (${types})`);
  return [
    [t("term.mode"), report.mode ? t(`mode.${report.mode}`) : null],
    [t("term.trigger"), report.trigger ? t(`trigger.${report.trigger}`) : null],
    [t("term.requested_by"), report.requestedBy],
    [t("term.started"), time(report.startTime)],
    [t("term.ended"), time(report.endTime)],
    [t("term.duration"), report.durationSeconds ? format.duration(report.durationSeconds) : null],
    [t("term.pages"), report.totalPages ? format.number(report.totalPages) : null],
    [t("term.failed_pages"), report.failedPages?.join(", ")],
    [t("term.attempt"), report.attempt ? format.number(report.attempt) : null],
    [t("term.retries"), report.attempt ? format.number(report.retries) : null],
    [t("term.unknown_fields"), report.unknownFields?.join(", ")],
    [t("term.added_fields"), report.addedFields?.join(", ")],
    [t("term.dropped_fields"), report.droppedFields?.join(", ")],
    [t("term.retyped_fields"), retyped.join(", ")],
    [t("term.sync_id"), h("code", {}, report.syncId)],
  ];
}
