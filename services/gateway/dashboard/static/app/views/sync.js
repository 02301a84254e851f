// One sync with its report: the numbers as sums that a reader can check.

import { h } from "../dom.js";
import { badge, button, facts, inEnglish, link, notYet } from "../parts/pieces.js";
import { ACTIVE, adviceOf, isResumable, sentenceOf, stateOf, toneOf } from "../says/state.js";

export const sync = {
  title: ({ say }) => say("sync.title"),
  seconds: 5,
  load: (api, { id }) => api.get(`syncs/${encodeURIComponent(id)}`),
  render(context) {
    const report = context.state.loaded.value;
    if (!report) return h("div", { class: "view" }, h("h1", { tabindex: "-1" }, context.say("sync.title")), notYet(context));
    return h("div", { class: "view" }, head(context, report), told(context, report), sums(context, report),
      lines(context, report), facts(circumstances(context, report)));
  },
};

function head({ say, format, state }, report) {
  const state_ = stateOf(report);
  const time = format.time(report.startTime ?? report.requestedTime ?? state.now);
  return [
    h("p", { class: "back" }, link(say("sync.back"), "history")),
    h("h1", { tabindex: "-1" }, `${say(`resource.${report.resource}`)}, ${time}`, " ", badge(toneOf(state_), say(`state.${state_}`))),
  ];
}

function told(context, report) {
  const { say, format, state, act } = context;
  const isActive = ACTIVE.has(report.status);
  return h("section", { class: "card wide", "aria-label": say("sync.said") },
    h("p", { class: "sentence" }, sentenceOf(report, { say, format, now: state.now, status: state.status })),
    h("p", { class: "advice" }, adviceOf(report, say)),
    inEnglish(report.message),
    h("div", { class: "buttons" },
      isActive ? button(context, say("button.cancel"), { name: `cancel ${report.resource}`, key: "cancel", onclick: () => act.cancel(report.resource, report.syncId) }) : null,
      report.kind !== "single" && isResumable(report, state.now)
        ? button(context, say("button.resume"), { name: `start ${report.resource}`, key: "resume", kind: "main", onclick: () => act.resume(report.resource, report.syncId) }) : null));
}

function sums({ say, format }, report) {
  if (!report.sums?.length) return null;
  const side = (terms) => Object.entries(terms).flatMap(([name, count], place) => [
    place ? h("span", { class: "sign" }, "+") : null,
    h("span", { class: "term" }, h("b", {}, format.number(count)), " ", say(`term.${name}`)),
  ]);
  return h("section", { class: "card wide", "aria-labelledby": "sums-title" },
    h("h2", { id: "sums-title" }, say("sum.title")),
    report.sums.map((sum) => h("div", { class: "sum" },
      h("h3", {}, say(`sum.${sum.name}`)),
      h("p", {}, side(sum.left), h("span", { class: "sign" }, "="), side(sum.right)),
      badge(sum.holds ? "good" : "bad", say(sum.holds ? "sum.holds" : "sum.broken")))));
}

function lines({ say }, report) {
  if (!report.errors.length) return null;
  return h("section", { class: "card wide", "aria-labelledby": "errors-title" },
    h("h2", { id: "errors-title" }, say("errors.count", { count: report.errors.length })),
    report.rejected ? h("p", {}, link(say("advice.letters"), "dead-letters", "", { sync: report.syncId })) : null,
    h("ul", { class: "errors", lang: "en" }, report.errors.map((line) => h("li", {}, line))));
}

function retyped(fields) {
  return Object.entries(fields ?? {}).map(([name, types]) => `${name} (${types})`).join(", ");
}

function circumstances({ say, format }, report) {
  const time = (at) => (at ? format.time(at) : null);
  return [
    [say("term.mode"), report.mode ? say(`mode.${report.mode}`) : null],
    [say("term.trigger"), report.trigger ? say(`trigger.${report.trigger}`) : null],
    [say("term.requested_by"), report.requestedBy],
    [say("term.started"), time(report.startTime)],
    [say("term.ended"), time(report.endTime)],
    [say("term.duration"), report.durationSeconds ? format.duration(report.durationSeconds) : null],
    [say("term.pages"), report.totalPages ? format.number(report.totalPages) : null],
    [say("term.failed_pages"), report.failedPages?.join(", ")],
    [say("term.attempt"), report.attempt ? format.number(report.attempt) : null],
    [say("term.retries"), report.attempt ? format.number(report.retries) : null],
    [say("term.unknown_fields"), report.unknownFields?.join(", ")],
    [say("term.added_fields"), report.addedFields?.join(", ")],
    [say("term.dropped_fields"), report.droppedFields?.join(", ")],
    [say("term.retyped_fields"), retyped(report.retypedFields)],
    [say("term.sync_id"), h("code", {}, report.syncId)],
  ];
}
