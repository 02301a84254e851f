// The form for an API key, shown instead of any view while the gateway requires one.

import { input } from "../components/elements.js";
import { h } from "../dom.js";

export const signIn = {
  title: ({ t }) => t("sign_in.title"),
  render({ t, actions }) {
    const onsubmit = (event) => {
      event.preventDefault();
      actions.signIn(event.target.elements.key.value);
    };
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, t("sign_in.title")),
      h("form", { class: "card wide", onsubmit },
        h("p", {}, t("sign_in.text")),
        input("key", t("sign_in.key"), { name: "key", type: "password", required: true, autocomplete: "current-password" }),
        h("button", { type: "submit", class: "main" }, t("sign_in.send"))));
  },
};
