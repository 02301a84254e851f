// Shown instead of any view while the gateway asks for a key.

import { h } from "../dom.js";
import { input } from "../parts/pieces.js";

export const key = {
  title: ({ say }) => say("key.title"),
  render({ say, act }) {
    const send = (event) => {
      event.preventDefault();
      act.signIn(event.target.elements.key.value);
    };
    return h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, say("key.title")),
      h("form", { class: "card wide", onsubmit: send },
        h("p", {}, say("key.text")),
        input("key", say("key.label"), { name: "key", type: "password", required: true, autocomplete: "current-password" }),
        h("button", { type: "submit", class: "main" }, say("key.send"))));
  },
};
