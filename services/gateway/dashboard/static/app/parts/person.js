// One student or employee at once, and what became of it in words.

import { h } from "../dom.js";
import { RESOURCES } from "../resources.js";
import { button, filled, input, link } from "./pieces.js";

const PEOPLE = RESOURCES.filter((resource) => resource.person);

export function people(context) {
  const { say } = context;
  return h("section", { class: "card wide", "aria-labelledby": "person-title" },
    h("h2", { id: "person-title" }, say("person.title")),
    h("p", {}, say("person.text")),
    h("div", { class: "forms" }, PEOPLE.map((resource) => form(context, resource))));
}

function form(context, resource) {
  const { say, state, act } = context;
  const { person, number } = resource;
  const send = (event) => {
    event.preventDefault();
    if (state.readOnly) return;
    act.syncPerson(person, wanted(filled(event.target)));
  };
  return h("form", { onsubmit: send, "aria-label": say(`person.${person}`), "data-key": person },
    h("h3", {}, say(`person.${person}`)),
    h("div", { class: "fields" },
      input(`${person}-id`, say("person.id"), { name: "hemis_id", inputmode: "numeric", pattern: "[1-9][0-9]{0,18}", title: say("person.id_form") }),
      input(`${person}-number`, say(`person.${number}`), { name: number, maxlength: 32 })),
    submit(context, person),
    h("p", { class: "answer", role: "status" }, outcome(context, state.found[person])));
}

function submit(context, person) {
  const { say, state } = context;
  const tree = button(context, say("person.send"), { name: `single ${person}` });
  // Enter in a field must do the same as the button.
  return { ...tree, attributes: { ...tree.attributes, type: "submit", disabled: Boolean(state.busy[`single ${person}`]) } };
}

// An id beyond 2^53 would be rounded by JavaScript; the gateway then says what is wrong with a text.
function wanted({ hemis_id: id, ...number }) {
  if (id === undefined) return number;
  return { ...number, hemis_id: Number.isSafeInteger(Number(id)) ? Number(id) : id };
}

function outcome({ say }, answer) {
  if (!answer) return null;
  const known = answer.outcome ? `outcome.${answer.outcome}` : "outcome.later";
  const id = answer.hemisId ? `${say("person.id")} ${answer.hemisId}: ` : "";
  const positions = answer.positions ? ` ${say("outcome.positions", { count: answer.positions })}` : "";
  return [`${id}${say(known)}${positions} `, link(say("notice.sync"), "syncs", answer.syncId)];
}
