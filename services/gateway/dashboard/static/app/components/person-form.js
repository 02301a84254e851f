// Forms that sync one student or one employee, and show the result.

import { h } from "../dom.js";
import { RESOURCES } from "../resources.js";
import { button, filledFields, input, link } from "./elements.js";

const PEOPLE = RESOURCES.filter((resource) => resource.person);

export function personForms(context) {
  const { t } = context;
  return h("section", { class: "card wide", "aria-labelledby": "person-title", "data-key": "people" },
    h("h2", { id: "person-title" }, t("person.title")),
    h("p", {}, t("person.text")),
    h("div", { class: "forms" }, PEOPLE.map((resource) => form(context, resource))));
}

function form(context, resource) {
  const { t, state, actions } = context;
  const { person, number } = resource;
  const onsubmit = (event) => {
    event.preventDefault();
    if (!state.isReadOnly) actions.syncPerson(person, requestBody(filledFields(event.target)));
  };
  return h("form", { onsubmit, "aria-label": t(`person.${person}`), "data-key": person },
    h("h3", {}, t(`person.${person}`)),
    h("div", { class: "fields" },
      input(`${person}-id`, t("person.id"), { name: "hemis_id", inputmode: "numeric", pattern: "[1-9][0-9]{0,18}", title: t("person.id_format") }),
      input(`${person}-number`, t(`person.${number}`), { name: number, maxlength: 32 })),
    submitButton(context, person),
    h("p", { class: "answer", role: "status" }, result(context, state.personResults[person])));
}

function submitButton(context, person) {
  const { t, state } = context;
  const name = `person ${person}`;
  const tree = button(context, t("person.send"), { name });
  // The Enter key in a field submits the form, too.
  return { ...tree, attributes: { ...tree.attributes, type: "submit", disabled: Boolean(state.pending[name]) } };
}

// JavaScript would round an id beyond 2^53. It is sent as text, and the gateway refuses it.
function requestBody({ hemis_id: id, ...number }) {
  if (id === undefined) return number;
  return { ...number, hemis_id: Number.isSafeInteger(Number(id)) ? Number(id) : id };
}

function result({ t }, answer) {
  if (!answer) return null;
  const outcome = t(`outcome.${answer.outcome ?? "pending"}`);
  const id = answer.hemisId ? `${t("person.id")} ${answer.hemisId}: ` : "";
  const positions = answer.positions ? ` ${t("outcome.positions", { count: answer.positions })}` : "";
  return [`${id}${outcome}${positions} `, link(t("notice.sync"), "syncs", answer.syncId)];
}
