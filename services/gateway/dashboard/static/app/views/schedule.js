// When scheduled syncs start, and how the last ones went.

import { englishText, link, placeholder, table } from "../components/elements.js";
import { h } from "../dom.js";
import { scheduleSentence } from "../text/schedule.js";

export const schedule = {
  title: ({ t }) => t("nav.schedule"),
  reloadSeconds: 30,
  load: (api) => api.get("schedule"),
  render(context) {
    const { t, state } = context;
    const answer = state.loaded.value;
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, t("nav.schedule")),
      answer ? [description(context, answer), nextRuns(context, answer), lastRuns(context, answer)] : placeholder(context));
  },
};

function description({ t }, { cron, timezone, words }) {
  if (!cron) return h("p", { class: "sentence" }, t("schedule.none"));
  const sentence = scheduleSentence(cron, t);
  return [
    h("p", { class: "sentence" }, sentence ?? t("schedule.by_cron")),
    sentence ? null : englishText(words),
    h("p", {}, t("schedule.zone", { zone: timezone }), " ", h("code", {}, cron)),
  ];
}

function nextRuns({ t, format }, { next }) {
  if (!next.length) return null;
  return h("section", { "aria-labelledby": "next-title" },
    h("h2", { id: "next-title" }, t("schedule.next")),
    h("ol", { class: "times" }, next.map((run) => h("li", {},
      h("strong", {}, format.dateTime(Date.parse(run.utc))), " ",
      isInOwnZone(run) ? null : h("span", { class: "quiet" }, t("schedule.in_zone", { time: localTime(run) }))))));
}

function localTime(run) {
  return run.local.slice(0, 16).replace("T", " ");
}

function isInOwnZone(run) {
  return new Date(run.local.slice(0, 19)).getTime() === Date.parse(run.utc);
}

function lastRuns(context, { ticks = [] }) {
  const { t, format } = context;
  if (!ticks.length) return null;
  const columns = ["tick", "resource", "outcome"].map((name) => t(`column.${name}`));
  return h("section", { "aria-labelledby": "ticks-title" },
    h("h2", { id: "ticks-title" }, t("schedule.last")),
    table(t("schedule.last"), columns, ticks.map((tick) => [
      format.dateTime(tick.at),
      tick.resource ? t(`resource.${tick.resource}`) : "–",
      outcome(context, tick),
    ])));
}

function outcome({ t }, tick) {
  const text = tick.status ? t(`status.${tick.status}`) : t(`tick.${tick.outcome}`);
  return [
    tick.status && tick.syncId ? link(text, "syncs", tick.syncId) : text,
    tick.lateSeconds > 60 ? ` · ${t("tick.late")}` : null,
    englishText(tick.reason),
  ];
}
