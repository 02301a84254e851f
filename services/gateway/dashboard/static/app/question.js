// Ask before something is done that cannot be undone.

import { h, patch } from "./dom.js";

/** Gives whether the reader said yes; Escape is no. */
export function confirmed({ title, text, yes, no }) {
  const dialog = document.getElementById("question");
  const answer = (value) => () => dialog.close(value);
  patch(dialog, [
    h("h2", { id: "question-title" }, title),
    h("p", {}, text),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: answer("no"), autofocus: true }, no),
      h("button", { type: "button", class: "danger", onclick: answer("yes") }, yes)),
  ]);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}
