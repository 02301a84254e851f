"""The same people as another version of HEMIS sends them: a field more, one less, one retyped."""

from dataclasses import dataclass
from typing import Any

import msgspec

from libs.simulator.behaviour import Behaviour
from libs.simulator.invented.classifiers import Item
from libs.simulator.listing.roster import Population

_NEW_VALUES = 5


@dataclass(frozen=True)
class Version:
    """A population whose items have other fields; see ``Population``."""

    people: Population
    behaviour: Behaviour

    def item(self, n: int) -> Item:
        behaviour = self.behaviour
        item = dict(self.people.item(n))
        item.pop(behaviour.dropped_field, None)
        if behaviour.retyped_field in item:
            name = behaviour.retyped_field
            item[name] = _retyped(item[name], behaviour.retyped_to)
        if behaviour.new_field:
            item[behaviour.new_field] = n % _NEW_VALUES
        return item

    def with_id(self, hemis_id: int) -> list[int]:
        return self.people.with_id(hemis_id)

    def with_number(self, number: str) -> list[int]:
        return self.people.with_number(number)


def _retyped(value: Any, to: str) -> Any:  # noqa: ANN401 — any JSON
    if value is None:
        return None
    if to == "object":
        return {"value": value}
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
