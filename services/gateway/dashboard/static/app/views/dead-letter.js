// One rejected record: the reason, where it came from, and its masked value.

import { badge, button, definitionList, englishText, link, placeholder } from "../components/elements.js";
import { h } from "../dom.js";

export const deadLetter = {
  title: ({ t }) => t("dead_letter.title"),
  reloadSeconds: 10,
  load: (api, { id }) => api.get(`dead-letters/${encodeURIComponent(id)}`),
  render(context) {
    const { t, state } = context;
    const letter = state.loaded.value;
    const back = h("p", { class: "back" }, link(t("dead_letter.back"), "dead-letters"));
    if (!letter) return h("div", { class: "view" }, back, h("h1", { tabindex: "-1" }, t("dead_letter.title")), placeholder(context));
    return h("div", { class: "view" }, back, heading(context, letter), reason(context, letter), value(context, letter), origin(context, letter));
  },
};

function heading({ t }, letter) {
  return h("h1", { tabindex: "-1" },
    `${t(`resource.${letter.resource}`)} ${letter.key ?? t("dead_letter.without_id")}`, " ",
    badge(letter.state === "retrying" ? "busy" : "warn", t(`dead_letter.${letter.state}`)));
}

function reason(context, letter) {
  const { t, actions } = context;
  const name = `dead letter ${letter.id}`;
  const canRetry = letter.canRetry !== false;
  return h("section", { class: "card wide", "aria-label": t("column.reason") },
    h("p", { class: "sentence", lang: "en" }, letter.reason),
    h("p", { class: "advice" }, t(canRetry ? "dead_letter.advice" : "dead_letter.only_discard")),
    letter.lastRetry ? lastRetry(t, letter.lastRetry) : null,
    h("div", { class: "buttons" },
      canRetry ? button(context, t("button.retry"), { name, key: "retry", kind: "main", onclick: () => actions.retryDeadLetter(letter.id) }) : null,
      button(context, t("button.discard_dead_letter"), { name, key: "discard", kind: "danger", onclick: () => actions.discardDeadLetter(letter.id) })));
}

function lastRetry(t, { status, syncId, message }) {
  return [h("p", {}, t("dead_letter.last_retry"), " ", link(t(`status.${status}`), "syncs", syncId)), englishText(message)];
}

function value({ t }, letter) {
  const hasValue = letter.value !== null && letter.value !== undefined;
  return h("section", { class: "card wide", "aria-labelledby": "value-title" },
    h("h2", { id: "value-title" }, t("dead_letter.value")),
    h("p", { class: "quiet" }, t(hasValue ? "dead_letter.masked" : "dead_letter.no_value")),
    hasValue ? h("pre", { tabindex: "0", "aria-labelledby": "value-title" }, JSON.stringify(letter.value, null, 2)) : null);
}

function origin({ t, format }, letter) {
  return definitionList([
    [t("column.rejected_at"), format.dateTime(letter.buriedAt)],
    [t("filter.code"), h("code", {}, letter.code)],
    [t("dead_letter.attempts"), format.number(letter.attempts)],
    [t("dead_letter.sync"), letter.syncId ? link(letter.syncId, "syncs", letter.syncId) : null],
    [t("dead_letter.origin"), letter.origin ? `${letter.origin.topic}, ${letter.origin.partition}, ${letter.origin.offset}` : null],
    [t("dead_letter.id"), h("code", {}, letter.id)],
  ]);
}
