// The card of one resource: its state, its progress and its buttons.

import { h } from "../dom.js";
import { freshnessOf } from "../text/headline.js";
import { ACTIVE, adviceOf, isResumable, sentenceOf, stateOf, storedRecords, toneOf } from "../text/state.js";
import { badge, button, definitionList, englishText, link } from "./elements.js";
import { sparkline } from "./sparkline.js";

export function card(context, resource) {
  const { t, state } = context;
  const progress = state.progress[resource.name];
  const syncState = stateOf(progress);
  return h("section", { class: `card ${toneOf(syncState)}`, "aria-labelledby": `${resource.name}-title`, "data-key": resource.name },
    h("div", { class: "card-head" },
      h("h2", { id: `${resource.name}-title`, tabindex: "-1" }, t(`resource.${resource.name}`)),
      badge(toneOf(syncState), t(`state.${syncState}`))),
    h("p", { class: "sentence" }, sentenceOf(progress, context)),
    advice(context, progress, resource.name),
    progress ? [bar(context, resource, progress), counts(context, progress), errors(context, progress)] : null,
    buttons(context, resource, progress),
    freshness(context, resource),
    sparkline(state.recentSyncs[resource.name] ?? [], context));
}

function advice(context, progress, resource) {
  const { t } = context;
  const text = adviceOf(progress, context, resource);
  if (!text) return null;
  const hasDeadLetters = progress.status === "completed" && progress.rejected > 0;
  return h("p", { class: "advice" }, text, " ",
    hasDeadLetters ? link(t("advice.dead_letters"), "dead-letters", "", { sync: progress.syncId }) : null);
}

function bar({ t, format }, resource, progress) {
  if (!progress.totalRecords || progress.status === "idle") return null;
  const processed = storedRecords(progress);
  const total = progress.totalRecords;
  const counts = progress.mode === "incremental" ? "bar.changed" : "bar.counts";
  const name = t("bar.name", { resource: t(`resource.${resource.name}`) });
  return h("div", { class: "bar" },
    h("progress", { "aria-label": name, max: total, value: Math.min(processed, total) }),
    h("p", {}, h("strong", {}, format.percent(processed, total)), " ", t(counts, { processed, total })));
}

function counts({ t, format }, progress) {
  if (!progress.syncId) return null;
  const rate = ACTIVE.has(progress.status) && progress.recordsPerSecond;
  const count = (name) => [t(`term.${name}`), progress[name] ? format.number(progress[name]) : null];
  return definitionList([
    [t("term.rate"), rate ? t("rate", { count: rate }) : null],
    ...["inserted", "updated", "unchanged", "rejected", "missing"].map(count),
    [t("term.duration"), progress.durationSeconds ? format.duration(progress.durationSeconds) : null],
    count("retries"),
    [t("term.attempt"), progress.attempt > 1 ? format.number(progress.attempt) : null],
  ]);
}

const SHOWN_ERRORS = 20;

function errors({ t }, progress) {
  const isClear = progress.status === "idle" || progress.complete;
  const message = isClear ? null : englishText(progress.message);
  if (!progress.errors.length) return message;
  return [message, h("details", {},
    h("summary", {}, t("errors.count", { count: progress.errors.length })),
    h("ul", { class: "errors", lang: "en" }, progress.errors.slice(0, SHOWN_ERRORS).map((line) => h("li", {}, line))),
    link(t("errors.all"), "syncs", progress.syncId))];
}

function buttons(context, resource, progress) {
  const { t, state, actions } = context;
  const { name } = resource;
  if (ACTIVE.has(progress?.status)) {
    return h("div", { class: "buttons" },
      button(context, t("button.cancel"), { name: `cancel ${name}`, key: "cancel", onclick: () => actions.cancel(name, progress.syncId) }),
      link(t("button.report"), "syncs", progress.syncId));
  }
  const start = (mode, kind) => ({ name: `start ${name}`, key: mode, kind, onclick: () => actions.start(name, mode) });
  const canResume = isResumable(progress, state, name);
  return h("div", { class: "buttons" },
    canResume ? button(context, t("button.resume"), { name: `start ${name}`, key: "resume", kind: "main", onclick: () => actions.resume(name, progress.syncId) }) : null,
    button(context, t("button.full"), start("full", canResume ? "plain" : "main")),
    resource.listsChanges ? button(context, t("button.incremental"), start("incremental", "plain")) : null,
    progress?.syncId ? link(t("button.report"), "syncs", progress.syncId) : null);
}

function freshness({ t, format, state }, resource) {
  const { lastCompleteAt, stale } = freshnessOf(state.status)[resource.name] ?? {};
  if (!lastCompleteAt) return null;
  const values = { ago: format.ago(lastCompleteAt, state.now), time: format.dateTime(lastCompleteAt) };
  return h("p", { class: stale ? "fresh stale" : "fresh" }, t(stale ? "freshness.stale" : "freshness.last_complete", values));
}
