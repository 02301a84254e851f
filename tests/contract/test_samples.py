"""What an earlier version wrote is read as it was meant; what a later one adds is passed over."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.common.contracts.checkpoints import (
    Checkpoint,
    KnownSyncs,
    SuppressedHead,
    SuppressedPeople,
)
from libs.common.contracts.codec import decode_as
from libs.common.contracts.commands import COMMANDS, Command
from libs.common.contracts.events import EVENTS, Event
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.item_shapes import Shapes
from libs.common.contracts.published.schemas import COMMAND_CLASSES, EVENT_CLASSES
from libs.contract.__main__ import FOLDER
from libs.contract.samples import KINDS, sample_lines
from services.gateway.projection.projection import Projection

Json = Any

MAPPINGS = {"checks", "filters", "end_offsets", "types", "present", "known", "last_records"}
"""Fields whose names are no names of fields."""

READERS: dict[str, Callable[[bytes], object]] = {
    **{kind.__name__: COMMANDS.decode for kind in COMMAND_CLASSES},
    **{kind.__name__: EVENTS.decode for kind in EVENT_CLASSES},
    Beat.__name__: partial(decode_as, Beat),
    Checkpoint.__name__: partial(decode_as, Checkpoint),
    KnownSyncs.__name__: lambda value: msgspec.json.decode(value, type=KnownSyncs),
    SuppressedPeople.__name__: lambda value: msgspec.json.decode(value, type=SuppressedPeople),
    SuppressedHead.__name__: lambda value: msgspec.json.decode(value, type=SuppressedHead),
    Shapes.__name__: lambda value: msgspec.json.decode(value, type=Shapes),
}
RELEASES = sorted(FOLDER.glob("released/*/samples.jsonl"))
SAMPLES = [json.loads(line) for line in sample_lines().splitlines()]


def read(kind: str, value: Json) -> Json:
    """Read one message, and write down what was understood."""
    return msgspec.to_builtins(READERS[kind](json.dumps(value).encode()))


def holds(understood: Json, written: Json) -> bool:
    """Tell whether everything that was written was understood; defaults may come to it."""
    match written:
        case dict():
            return all(n in understood and holds(understood[n], v) for n, v in written.items())
        case list():
            # A struct that is written as a list may have got fields at its end.
            pairs = zip(understood, written, strict=False)
            return len(understood) >= len(written) and all(holds(*pair) for pair in pairs)
        case _:
            return bool(understood == written)


def newer(written: Json) -> Json:
    """Add a field to every object, as a later version would."""
    match written:
        case dict():
            inner = {n: v if n in MAPPINGS else newer(v) for n, v in written.items()}
            return inner | {"mood": {"good": [1]}}
        case list():
            return [newer(value) for value in written]
        case _:
            return written


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.parent.name)
def test_every_message_of_an_earlier_release_is_read_as_it_was_meant(release: Path) -> None:
    written = list(map(json.loads, release.read_text().splitlines()))

    lost = [said["kind"] for said in written if not holds(read(**said), said["value"])]

    assert lost == []


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.parent.name)
def test_every_message_of_an_earlier_release_is_folded(release: Path) -> None:
    projection = Projection()

    for place, line in enumerate(release.read_text().splitlines()):
        said = json.loads(line)
        message = READERS[said["kind"]](json.dumps(said["value"]).encode())
        if isinstance(message, Beat):
            projection.heartbeats.add(message.instance, message, message.at)
        elif isinstance(message, Event):
            projection.fold_event(message, place)
        elif isinstance(message, Command):
            projection.fold_command(message, place)

    assert projection.find("invented") is not None


def test_a_field_that_a_later_version_adds_anywhere_changes_nothing() -> None:
    changed = [
        said["kind"] for said in SAMPLES if read(said["kind"], newer(said["value"])) != read(**said)
    ]

    assert changed == []


def test_every_kind_of_message_has_a_sample() -> None:
    assert {said["kind"] for said in SAMPLES} == {kind.__name__ for kind in KINDS}
