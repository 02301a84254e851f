// One resource: what is so, how far it is, what can be done.

import { h } from "../dom.js";
import { ACTIVE, adviceOf, isResumable, sentenceOf, stateOf, toneOf } from "../says/state.js";
import { freshnessOf } from "../says/verdict.js";
import { badge, button, facts, inEnglish, link } from "./pieces.js";
import { sparkline } from "./sparkline.js";

export function card(context, resource) {
  const { say, state } = context;
  const progress = state.progress[resource.name];
  const shown = stateOf(progress);
  return h("section", { class: `card ${toneOf(shown)}`, "aria-labelledby": `${resource.name}-title`, "data-key": resource.name },
    h("div", { class: "card-head" },
      h("h2", { id: `${resource.name}-title`, tabindex: "-1" }, say(`resource.${resource.name}`)),
      badge(toneOf(shown), say(`state.${shown}`))),
    h("p", { class: "sentence" }, sentenceOf(progress, wordsOf(context))),
    advice(context, progress),
    progress ? [bar(context, resource, progress), numbers(context, progress), errors(context, progress)] : null,
    buttons(context, resource, progress),
    freshness(context, resource),
    sparkline(state.recent[resource.name] ?? [], wordsOf(context)));
}

function wordsOf({ say, format, state }) {
  return { say, format, now: state.now, status: state.status };
}

function advice({ say }, progress) {
  const text = adviceOf(progress, say);
  if (!text) return null;
  const letters = progress.status === "completed" && progress.rejected > 0;
  return h("p", { class: "advice" }, text, " ",
    letters ? link(say("advice.letters"), "dead-letters", "", { sync: progress.syncId }) : null);
}

function bar({ say, format }, resource, progress) {
  if (!progress.totalRecords || progress.status === "idle") return null;
  const { processedRecords: processed, totalRecords: total } = progress;
  const name = say("bar.name", { resource: say(`resource.${resource.name}`) });
  return h("div", { class: "bar" },
    h("progress", { "aria-label": name, max: total, value: Math.min(processed, total) }),
    h("p", {}, h("strong", {}, format.percent(processed, total)), " ", say("bar.counts", { processed, total })));
}

function numbers({ say, format }, progress) {
  if (!progress.syncId) return null;
  const isActive = ACTIVE.has(progress.status);
  const count = (name) => (progress[name] ? [say(`term.${name}`), format.number(progress[name])] : ["", null]);
  return facts([
    isActive && progress.recordsPerSecond ? [say("term.rate"), say("rate", { count: progress.recordsPerSecond })] : ["", null],
    ["inserted", "updated", "unchanged", "rejected", "missing"].map(count),
    [[say("term.duration"), progress.durationSeconds ? format.duration(progress.durationSeconds) : null]],
    count("retries"),
    progress.attempt > 1 ? [say("term.attempt"), format.number(progress.attempt)] : ["", null],
  ].flatMap((one) => (Array.isArray(one[0]) ? one : [one])));
}

const SHOWN_ERRORS = 20;

function errors({ say }, progress) {
  const isTold = progress.status === "idle" || progress.complete;
  const told = isTold ? null : inEnglish(progress.message);
  if (!progress.errors.length) return told;
  return [told, h("details", {},
    h("summary", {}, say("errors.count", { count: progress.errors.length })),
    h("ul", { class: "errors", lang: "en" }, progress.errors.slice(0, SHOWN_ERRORS).map((line) => h("li", {}, line))),
    link(say("errors.all"), "syncs", progress.syncId))];
}

function buttons(context, resource, progress) {
  const { say, state, act } = context;
  const { name } = resource;
  if (ACTIVE.has(progress?.status)) {
    return h("div", { class: "buttons" },
      button(context, say("button.cancel"), { name: `cancel ${name}`, key: "cancel", onclick: () => act.cancel(name, progress.syncId) }),
      link(say("button.detail"), "syncs", progress.syncId));
  }
  const start = (mode, kind) => ({ name: `start ${name}`, key: mode, kind, onclick: () => act.start(name, mode) });
  const canResume = isResumable(progress, state.now);
  return h("div", { class: "buttons" },
    canResume ? button(context, say("button.resume"), { name: `start ${name}`, key: "resume", kind: "main", onclick: () => act.resume(name, progress.syncId) }) : null,
    button(context, say("button.start"), start("full", canResume ? "plain" : "main")),
    resource.listsChanges ? button(context, say("button.changes"), start("incremental", "plain")) : null,
    progress?.syncId ? link(say("button.detail"), "syncs", progress.syncId) : null);
}

function freshness({ say, format, state }, resource) {
  const fresh = freshnessOf(state.status)[resource.name];
  const at = fresh?.lastCompleteAt;
  if (!at) return null;
  const values = { ago: format.ago(at, state.now), time: format.time(at) };
  return h("p", { class: fresh.stale ? "fresh stale" : "fresh" }, say(fresh.stale ? "fresh.stale" : "fresh.at", values));
}
