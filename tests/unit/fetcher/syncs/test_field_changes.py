"""Changes of a list's fields are reported once, without false alarms."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from libs.common.contracts.checkpoints import Scope, SyncCheckpoint
from libs.common.contracts.enums import Mode, Outcome, Trigger
from libs.common.contracts.events import SourceDrifted
from libs.common.contracts.item_shapes import MAX_NAMES, Shapes
from libs.common.contracts.resources import Resource
from services.fetcher.syncs import events, field_changes

Item = dict[str, Any]
Reported = dict[str, Any]


class SyncHihistory:
    """Full syncs one after the other, and what each of them reports."""

    def __init__(self) -> None:
        self.shapes = Shapes()
        self.syncs = 0

    def sync(
        self, items: Sequence[Item], *, complete: bool | None = True, **fields: Any
    ) -> list[SourceDrifted]:
        self.syncs += 1
        scope = Scope(page_size=50, filters=fields.pop("filters", {}), address="")
        sync = SyncCheckpoint(
            sync_id=f"sync-{self.syncs}", attempt=1, mode=fields.get("mode", Mode.FULL),
            trigger=Trigger.MANUAL, requested_by=None, tick_at=None, scope=scope, started_at=1,
        )  # fmt: skip
        for start in range(0, len(items), 10):
            page = map(msgspec.json.encode, items[start : start + 10])
            self.shapes = field_changes.extended(self.shapes, sync, page)
        decision = events.ended(Resource.STUDENTS, sync, Outcome.COMPLETED, "", at=1)
        decision = replace(decision, complete=complete)
        self.shapes, changes = field_changes.judged(self.shapes, sync, decision)
        return list(changes)

    def reported(self, items: Sequence[Item], **fields: Any) -> Reported:
        return {str(one.change): one.types or one.fields for one in self.sync(items, **fields)}


def item(**fields: Any) -> Item:
    group = {"id": 1, "name": "101"}
    known = {"id": 1, "email": "x@example.uz", "gpa": 4.5, "group": group, "other": None}
    whole = known | fields
    return {name: value for name, value in whole.items() if value != "absent"}


def items(count: int = 100, **fields: Any) -> list[Item]:
    return [item(**fields) for _ in range(count)]


def halves(**fields: Any) -> list[Item]:
    """Give a list whose form changes while it is read."""
    return items() + items(**fields)


@pytest.mark.parametrize("listed", [items, halves], ids=["between syncs", "in the middle of one"])
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"score": 1}, {"added": ("score",)}),
        ({"score": None}, {"added": ("score",)}),
        ({"address": {"street": "x"}}, {"added": ("address",)}),
        ({"group": {"id": 1, "name": "101", "curator": "x"}}, {"added": ("group.curator",)}),
        ({"email": "absent"}, {"dropped": ("email",)}),
        ({"group": {"id": 1}}, {"dropped": ("group.name",)}),
        ({"email": None}, {}),
        ({"group": None}, {}),
        ({"group": []}, {}),
        ({"other": "now a text"}, {}),
    ],
)
def test_added_and_dropped_fields_are_reported_once(
    listed: Callable[..., list[Item]], fields: Item, expected: Reported
) -> None:
    history = SyncHihistory()
    history.sync(items())

    assert history.reported(listed(**fields)) == expected
    assert history.reported(items(**fields)) == {}


@pytest.mark.parametrize(
    ("fields", "types"),
    [
        ({"gpa": "4.5"}, {"gpa": "number → string"}),
        ({"email": ["x"]}, {"email": "string → array"}),
        ({"group": "101"}, {"group": "object → string"}),
        ({"gpa": {"value": 4.5}}, {"gpa": "number → object"}),
    ],
)
def test_retyped_fields_are_reported_once_and_again_when_they_turn_back(
    fields: Item, types: dict[str, str]
) -> None:
    history = SyncHihistory()
    history.sync(items())

    assert history.reported(items(**fields)) == {"retyped": types}
    assert history.reported(items(**fields)) == {}
    assert list(history.reported(items())) == ["retyped"]


def test_a_field_that_is_retyped_while_the_list_is_read_has_both_types() -> None:
    history = SyncHihistory()
    history.sync(items())

    assert history.reported(halves(gpa="4.5")) == {"retyped": {"gpa": "number → number, string"}}
    assert history.reported(items(gpa="4.5")) == {}


def test_an_integer_for_a_fraction_is_the_same_type() -> None:
    history = SyncHihistory()
    history.sync(items(gpa=4.5))

    assert history.reported(items(gpa=4)) == {}


def test_a_field_that_comes_back_was_added() -> None:
    history = SyncHihistory()
    history.sync(items())
    history.sync(items(email="absent"))

    assert history.reported(items()) == {"added": ("email",)}


def test_the_first_sync_has_nothing_to_compare_with() -> None:
    assert SyncHihistory().reported(items()) == {}


@pytest.mark.parametrize(
    "fields",
    [{"complete": False}, {"complete": None}, {"mode": Mode.INCREMENTAL}],
    ids=["incomplete", "cancelled", "incremental"],
)
def test_an_incomplete_sync_neither_reports_field_changes_nor_is_compared_with(
    fields: Item,
) -> None:
    history = SyncHihistory()
    history.sync(items())

    assert history.reported(items(email="absent"), **fields) == {}
    assert history.reported(items()) == {}


def test_syncs_with_other_filters_are_not_compared() -> None:
    history = SyncHihistory()
    history.sync(items(), filters={"_student_status": "11"})

    assert history.reported(items(email="absent"), filters={"_student_status": "-1"}) == {}
    assert history.reported(items(), filters={"_student_status": "-1"}) == {"added": ("email",)}


@pytest.mark.parametrize("count", [19, 1])
def test_a_field_of_a_few_may_come_and_go(count: int) -> None:
    history = SyncHihistory()
    for few in (count, 0, count):
        assert history.reported(items(1_000) + items(few, transfer=1, gpa="4.5")) == {}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_items_report_no_field_change(count: int) -> None:
    history = SyncHihistory()
    for fields in ({}, {"email": "absent", "score": 1, "gpa": "4.5"}, {}):
        assert history.reported(items(count, **fields)) == {}


def test_a_small_list_reports_changed_fields_too() -> None:
    history = SyncHihistory()
    history.sync(items(3))

    assert history.reported(items(3, email="absent", score=1)) == {
        "added": ("score",),
        "dropped": ("email",),
    }


def test_an_empty_list_reports_no_dropped_field() -> None:
    history = SyncHihistory()
    history.sync(items())

    assert history.reported([]) == {}
    assert history.reported(items()) == {}


def test_an_event_names_no_more_than_it_can_hold() -> None:
    history = SyncHihistory()
    history.sync(items(10))

    (added,) = history.sync(items(10, **{f"f{n}": 1 for n in range(2_000)}))

    assert len(added.fields) == MAX_NAMES
    assert history.reported(items(10)).keys() == {"dropped"}
