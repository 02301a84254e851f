// What is around every view: the head, the languages, and what concerns the whole page.

import { h } from "../dom.js";
import { LANGUAGES } from "../language.js";
import { hashOf } from "../router.js";
import { inEnglish, link } from "./pieces.js";

const SECTIONS = ["overview", "history", "dead-letters", "schedule", "services"];

export function frame(context, view) {
  const { say, state } = context;
  return [
    h("a", { class: "skip", href: "#main", onclick: skip }, say("skip")),
    h("header", { class: "head" },
      h("a", { class: "brand", href: hashOf("overview") }, "hemis-sync"),
      sections(say, state.route.view),
      languages(context)),
    h("main", { id: "main", tabindex: "-1" }, banners(context), state.readOnly ? readOnly(say) : null, view),
    h("footer", { class: "foot" },
      h("a", { href: "docs" }, say("foot.api")),
      state.signedIn ? h("button", { type: "button", class: "link", onclick: context.act.signOut }, say("foot.sign_out")) : null),
  ];
}

// The address is a view's: a jump to #main would be read as one.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function sections(say, present) {
  const shown = present === "syncs" ? "history" : present;
  return h("nav", { class: "sections", "aria-label": say("nav.name") },
    SECTIONS.map((name) =>
      h("a", { href: hashOf(name), "aria-current": name === shown ? "page" : null }, say(`nav.${name}`))));
}

function languages({ say, state, act }) {
  return h("div", { class: "languages", role: "group", "aria-label": say("languages") },
    LANGUAGES.map(({ code, tag, name }) =>
      h("button", {
        type: "button", lang: tag, "aria-pressed": String(code === state.language.code),
        onclick: () => act.speak(code),
      }, name)));
}

function banners({ say, format, state, act }) {
  return [
    state.awaySince === null ? null : h("div", { class: "banner bad", role: "alert" },
      h("strong", {}, say("away.title", { time: format.moment(state.awaySince, state.now) })),
      h("p", {}, say("away.text"))),
    state.reading ? h("div", { class: "banner busy" }, h("p", {}, say("reading"))) : null,
    state.notice ? notice(state.notice, say, act) : null,
  ];
}

function notice({ tone, text, detail, syncId }, say, act) {
  return h("div", { class: `banner ${tone}` },
    h("p", {}, text, " ", syncId ? link(say("notice.sync"), "syncs", syncId) : null),
    inEnglish(detail),
    h("button", { type: "button", class: "close", "aria-label": say("notice.close"), onclick: act.dismiss }, "×"));
}

function readOnly(say) {
  return h("p", { class: "banner quiet", id: "read-only" }, say("read_only"));
}
