"""What may change in the published contract, and what may not."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from libs.common.contracts.published.document import asyncapi_document
from libs.common.contracts.topics import Topics
from libs.contract.changes import breaks_between

Document = dict[str, Any]
Change = Callable[[Document], object]


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def message(document: Document, name: str) -> Document:
    found: Document = document["components"]["messages"][name]
    return found


def kafka(document: Document, channel: str) -> Document:
    found: Document = document["channels"][channel]["bindings"]["kafka"]
    return found


def renamed(names: Document, old: str, new: str) -> None:
    names[new] = names.pop(old)


@pytest.fixture(scope="module")
def released() -> Document:
    return asyncapi_document(Topics())


def after(released: Document, change: Change) -> list[str]:
    now = copy.deepcopy(released)
    change(now)
    return breaks_between(released, now)


REFUSED: dict[str, tuple[Change, str]] = {
    "a renamed field": (
        lambda d: renamed(schema(d, "SyncFinished")["properties"], "distinct", "unique"),
        r"SyncFinished\.distinct: removed or renamed",
    ),
    "a removed field of a record": (
        lambda d: schema(d, "Student")["properties"].pop("birth_date"),
        r"Student\.birth_date: removed",
    ),
    "a dropped enum value": (
        lambda d: schema(d, "Outcome")["enum"].remove("mismatch"),
        r"Outcome: 'mismatch' dropped",
    ),
    "a changed key": (
        lambda d: message(d, "Student")["bindings"]["kafka"]["key"].update(pattern="^.$"),
        r"message Student: the key changed",
    ),
    "a changed cleanup policy": (
        lambda d: kafka(d, "students")["topicConfiguration"].update({"cleanup.policy": ["delete"]}),
        r"topic hemis\.students: cleanup\.policy changed from \['compact'\] to \['delete'\]",
    ),
    "another partition count": (
        lambda d: kafka(d, "employees").update(partitions=8),
        r"topic hemis\.employees: partitions changed from 4 to 8",
    ),
    "another way to partition": (
        lambda d: d["channels"]["employees"].update({"x-partition-by": "key"}),
        r"topic hemis\.employees: partitioned differently",
    ),
    "a shorter retention": (
        lambda d: kafka(d, "progress")["topicConfiguration"].update({"retention.ms": 1}),
        r"topic hemis\.progress: retention\.ms is shorter",
    ),
    "a removed topic": (lambda d: d["channels"].pop("departments"), r"hemis\.departments: removed"),
    "a renamed topic": (
        lambda d: d["channels"]["students"].update(address="hemis.people"),
        r"hemis\.students: renamed to hemis\.people",
    ),
    "a removed event": (
        lambda d: d["channels"]["progress"]["messages"].pop("PageFailed"),
        r"message PageFailed removed",
    ),
    "a removed header": (
        lambda d: message(d, "Student")["headers"]["properties"].pop("content_hash"),
        r"message Student, header\.content_hash: removed",
    ),
    "a header that may be missing": (
        lambda d: message(d, "Student")["headers"]["required"].remove("ce_time"),
        r"header\.ce_time: may be missing now",
    ),
    "a narrowed header": (
        lambda d: message(d, "Student")["headers"]["properties"]["page"].update(pattern="^1$"),
        r"header\.page: .* became .*pattern \^1\$",
    ),
    "a narrowed type": (
        lambda d: schema(d, "SyncFetched")["properties"].update(complete={"type": "boolean"}),
        r"SyncFetched\.complete: anyOf .* became type boolean",
    ),
    "a widened type": (
        lambda d: schema(d, "SyncFetched")["properties"]["attempt"].update(type="number"),
        r"SyncFetched\.attempt: type integer.* became type number",
    ),
    "a list of something else": (
        lambda d: schema(d, "SyncFetched")["properties"]["hemis_ids"].update(
            items={"type": "string"}
        ),
        r"SyncFetched\.hemis_ids: .* became .*string",
    ),
    "a field made required": (
        lambda d: schema(d, "SyncFetched")["required"].append("doubt"),
        r"SyncFetched\.doubt: became required",
    ),
    "a stricter id": (
        lambda d: schema(d, "Student")["properties"].update(id={"type": "integer"}),
        r"Student\.id: .* became type integer",
    ),
    "a value that is no tombstone": (
        lambda d: message(d, "StudentGone")["payload"].update(type="object"),
        r"message StudentGone: type null became type object",
    ),
}

ALLOWED: dict[str, Change] = {
    "nothing": lambda d: None,
    "a field": lambda d: schema(d, "SyncFinished")["properties"].update(n={"type": "integer"}),
    "a field of a record": lambda d: schema(d, "Student")["properties"].update(score={}),
    "a value of an enum": lambda d: schema(d, "Trigger")["enum"].append("moon"),
    "an event": lambda d: (
        d["channels"]["progress"]["messages"].update(New={}),
        d["components"]["messages"].update(New={}),
        d["components"]["schemas"].update(New={"type": "object", "required": ["a"]}),
    ),
    "a topic": lambda d: d["channels"].update(rooms={}),
    "an optional header": lambda d: message(d, "Student")["headers"]["properties"].update(x={}),
    "other words": lambda d: schema(d, "SyncFinished").update(description="Said better."),
    "bounds where there were none": lambda d: schema(d, "SyncFinished")["properties"][
        "complete"
    ].update(maximum=1),
    "a longer retention": lambda d: kafka(d, "progress")["topicConfiguration"].update(
        {"retention.ms": 10**12}
    ),
    "smaller segments": lambda d: kafka(d, "students")["topicConfiguration"].update(
        {"segment.ms": 1}
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_readers_build_on_is_refused_with_what_and_why(released: Document, name: str) -> None:
    change, words = REFUSED[name]

    found = after(released, change)

    assert any(re.search(words, line) for line in found), found
    assert all("; " in line for line in found)


@pytest.mark.parametrize("name", ALLOWED)
def test_what_readers_do_not_notice_is_allowed(released: Document, name: str) -> None:
    assert after(released, ALLOWED[name]) == []
