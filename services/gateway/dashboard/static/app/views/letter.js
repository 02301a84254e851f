// One record that could not be loaded: the reason, where it came from, its value masked.

import { h } from "../dom.js";
import { badge, button, facts, inEnglish, link, notYet } from "../parts/pieces.js";

export const letter = {
  title: ({ say }) => say("letter.title"),
  seconds: 10,
  load: (api, { id }) => api.get(`dead-letters/${encodeURIComponent(id)}`),
  render(context) {
    const { say, state } = context;
    const shown = state.loaded.value;
    const back = h("p", { class: "back" }, link(say("letter.back"), "dead-letters"));
    if (!shown) return h("div", { class: "view" }, back, h("h1", { tabindex: "-1" }, say("letter.title")), notYet(context));
    return h("div", { class: "view" }, back, head(context, shown), why(context, shown), value(context, shown), origin(context, shown));
  },
};

function head({ say }, shown) {
  return h("h1", { tabindex: "-1" },
    `${say(`resource.${shown.resource}`)} ${shown.key ?? say("letter.without_id")}`, " ",
    badge(shown.state === "retrying" ? "busy" : "warn", say(`letter.${shown.state}`)));
}

function why(context, shown) {
  const { say, act } = context;
  const name = `letter ${shown.id}`;
  const canRetry = shown.canRetry !== false;
  return h("section", { class: "card wide", "aria-label": say("column.reason") },
    h("p", { class: "sentence", lang: "en" }, shown.reason),
    h("p", { class: "advice" }, say(canRetry ? "letter.advice" : "letter.only_discard")),
    shown.lastRetry ? [h("p", {}, say("letter.last_retry"), " ", link(say(`status.${shown.lastRetry.status}`), "syncs", shown.lastRetry.syncId)),
      inEnglish(shown.lastRetry.message)] : null,
    h("div", { class: "buttons" },
      canRetry ? button(context, say("button.retry"), { name, key: "retry", kind: "main", onclick: () => act.retryLetter(shown.id) }) : null,
      button(context, say("button.discard_letter"), { name, key: "discard", kind: "danger", onclick: () => act.discardLetter(shown.id) })));
}

function value({ say }, shown) {
  const isThere = shown.value !== null && shown.value !== undefined;
  return h("section", { class: "card wide", "aria-labelledby": "value-title" },
    h("h2", { id: "value-title" }, say("letter.value")),
    h("p", { class: "quiet" }, say(isThere ? "letter.masked" : "letter.no_value")),
    isThere ? h("pre", { tabindex: "0", "aria-labelledby": "value-title" }, JSON.stringify(shown.value, null, 2)) : null);
}

function origin({ say, format }, shown) {
  return facts([
    [say("column.buried"), format.time(shown.buriedAt)],
    [say("filter.code"), h("code", {}, shown.code)],
    [say("letter.attempts"), format.number(shown.attempts)],
    [say("letter.sync"), shown.syncId ? link(shown.syncId, "syncs", shown.syncId) : null],
    [say("letter.origin"), shown.origin ? `${shown.origin.topic}, ${shown.origin.partition}, ${shown.origin.offset}` : null],
    [say("letter.id"), h("code", {}, shown.id)],
  ]);
}
