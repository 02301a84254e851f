// The frame around every view: the header, the languages and the banners.

import { h } from "../dom.js";
import { LANGUAGES } from "../language.js";
import { hashOf } from "../router.js";
import { englishText, link } from "./elements.js";

const SECTIONS = ["overview", "history", "dead-letters", "schedule", "services"];
// The section of a view that has none of its own.
const SECTION_OF = { syncs: "history", "dead-letter": "dead-letters" };

export function frame(context, view) {
  const { t, state, actions } = context;
  return [
    h("a", { class: "skip", href: "#main", onclick: skip }, t("skip")),
    h("header", { class: "head" },
      h("a", { class: "brand", href: hashOf("overview") }, "hemis-sync"),
      sections(t, state.route.view),
      languages(context)),
    h("main", { id: "main", tabindex: "-1" }, banners(context), state.isReadOnly ? readOnlyBanner(t) : null, view),
    h("footer", { class: "foot" },
      h("a", { href: "docs" }, t("footer.api")),
      state.isSignedIn ? h("button", { type: "button", class: "link", onclick: actions.signOut }, t("footer.sign_out")) : null),
  ];
}

// The hash names a view, so a jump to #main would open another view.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function sections(t, view) {
  const current = SECTION_OF[view] ?? view;
  return h("nav", { class: "sections", "aria-label": t("nav.name") },
    SECTIONS.map((name) =>
      h("a", { href: hashOf(name), "aria-current": name === current ? "page" : null }, t(`nav.${name}`))));
}

function languages({ t, state, actions }) {
  return h("div", { class: "languages", role: "group", "aria-label": t("languages") },
    LANGUAGES.map(({ code, tag, name }) =>
      h("button", {
        type: "button", lang: tag, "aria-pressed": String(code === state.language.code),
        onclick: () => actions.setLanguage(code),
      }, name)));
}

function banners({ t, format, state, actions }) {
  return [
    state.awaySince === null ? null : h("div", { class: "banner bad", role: "alert" },
      h("strong", {}, t("away.title", { time: format.timeOrDate(state.awaySince, state.now) })),
      h("p", {}, t("away.text"))),
    state.isCatchingUp ? h("div", { class: "banner busy" }, h("p", {}, t("catching_up"))) : null,
    state.notice ? noticeBanner(state.notice, t, actions) : null,
  ];
}

function noticeBanner({ tone, text, detail, syncId }, t, actions) {
  return h("div", { class: `banner ${tone}` },
    h("p", {}, text, " ", syncId ? link(t("notice.sync"), "syncs", syncId) : null),
    englishText(detail),
    h("button", { type: "button", class: "close", "aria-label": t("notice.close"), onclick: actions.dismissNotice }, "×"));
}

function readOnlyBanner(t) {
  return h("p", { class: "banner quiet", id: "read-only" }, t("read_only"));
}
