// A dialog that asks before an action that cannot be undone.

import { h, patch } from "./dom.js";

/** Resolves to true if the user confirms. Escape means no. */
export function askConfirmation({ title, text, yes, no }) {
  const dialog = document.getElementById("confirmation");
  const close = (value) => () => dialog.close(value);
  patch(dialog, [
    h("h2", { id: "confirmation-title" }, title),
    h("p", {}, text),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: close("no"), autofocus: true }, no),
      h("button", { type: "button", class: "danger", onclick: close("yes") }, yes)),
  ]);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}
