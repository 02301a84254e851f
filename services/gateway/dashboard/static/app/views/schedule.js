// When syncs start by themselves, and what came of the last times.

import { h } from "../dom.js";
import { inEnglish, link, notYet, table } from "../parts/pieces.js";
import { scheduleInWords } from "../says/schedule.js";

export const schedule = {
  title: ({ say }) => say("nav.schedule"),
  seconds: 30,
  load: (api) => api.get("schedule"),
  render(context) {
    const { say, state } = context;
    const shown = state.loaded.value;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, say("nav.schedule")),
      shown ? [inWords(context, shown), upcoming(context, shown), past(context, shown)] : notYet(context));
  },
};

function inWords({ say }, { cron, timezone, words: english }) {
  if (!cron) return h("p", { class: "sentence" }, say("schedule.none"));
  const known = scheduleInWords(cron, say);
  return [
    h("p", { class: "sentence" }, known ?? say("schedule.by_line")),
    known ? null : inEnglish(english),
    h("p", {}, say("schedule.zone", { zone: timezone }), " ", h("code", {}, cron)),
  ];
}

function upcoming({ say, format }, { next }) {
  if (!next.length) return null;
  return h("section", { "aria-labelledby": "next-title" },
    h("h2", { id: "next-title" }, say("schedule.next")),
    h("ol", { class: "times" }, next.map((run) => h("li", {},
      h("strong", {}, format.time(Date.parse(run.utc))), " ",
      isOurs(run) ? null : h("span", { class: "quiet" }, say("schedule.there", { time: clockOf(run) }))))));
}

function clockOf(run) {
  return run.local.slice(0, 16).replace("T", " ");
}

// In the reader's own zone the same time is not said twice.
function isOurs(run) {
  return new Date(run.local.slice(0, 19)).getTime() === Date.parse(run.utc);
}

function past(context, { ticks = [] }) {
  const { say, format } = context;
  if (!ticks.length) return null;
  const columns = ["tick", "resource", "outcome"].map((name) => say(`column.${name}`));
  return h("section", { "aria-labelledby": "ticks-title" },
    h("h2", { id: "ticks-title" }, say("schedule.past")),
    table(say("schedule.past"), columns, ticks.map((tick) => [
      format.time(tick.at),
      tick.resource ? say(`resource.${tick.resource}`) : "–",
      outcome(context, tick),
    ])));
}

function outcome({ say }, tick) {
  const words = tick.status ? say(`status.${tick.status}`) : say(`tick.${tick.outcome}`);
  return [
    tick.status && tick.syncId ? link(words, "syncs", tick.syncId) : words,
    tick.lateSeconds > 60 ? ` · ${say("tick.late")}` : null,
    inEnglish(tick.reason),
  ];
}
