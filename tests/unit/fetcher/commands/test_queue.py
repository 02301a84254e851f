"""Which command is answered next, and how far the topic's offset may be committed."""

from itertools import permutations
from typing import Any

import msgspec
import pytest

from libs.common.contracts.commands import (
    CancelSync,
    ConfirmMissing,
    EraseRecord,
    FetcherCommand,
    FetchRecords,
    ResumeSync,
    StartSync,
)
from libs.common.contracts.enums import Trigger
from services.fetcher.commands.queue import MOST_WAITING, CommandQueue


def command(kind: type[FetcherCommand], sync_id: str = "s", **fields: Any) -> FetcherCommand:
    common = {"command_id": "c", "resource": "students", "issued_at": 1, "expires_at": 2}
    records = {"records": ()} if kind in {FetchRecords, ConfirmMissing} else {}
    key = {"key": "5"} if kind is EraseRecord else {}
    return msgspec.convert({**common, "sync_id": sync_id, **records, **key, **fields}, kind)


HEAL = command(FetchRecords, "heal", trigger=Trigger.HEAL)
RETRY = command(FetchRecords, "retry", trigger=Trigger.RETRY)
MISSING = command(ConfirmMissing)
ERASE = command(EraseRecord)
PERSON = command(FetchRecords, "person")


def order(*commands: FetcherCommand) -> list[FetcherCommand | None]:
    queue = CommandQueue()
    for offset, one in enumerate(commands):
        queue.add(offset, one)
    taken = iter(queue.take, None)
    return [waiting.command for waiting in taken]


@pytest.mark.parametrize(
    "asked",
    [PERSON, command(StartSync), command(ResumeSync), command(CancelSync, "full")],
    ids=lambda asked: type(asked).__name__,
)
def test_commands_of_people_overtake_all_others(asked: FetcherCommand) -> None:
    assert order(HEAL, RETRY, MISSING, ERASE, asked) == [asked, ERASE, HEAL, RETRY, MISSING]


def test_commands_of_one_kind_keep_their_order() -> None:
    people = [command(FetchRecords, str(number)) for number in range(5)]

    assert order(*people) == people


def test_a_cancel_of_a_record_that_still_waits_comes_after_it() -> None:
    cancel = command(CancelSync, "retry")

    assert order(HEAL, RETRY, cancel, PERSON) == [PERSON, HEAL, RETRY, cancel]


@pytest.mark.parametrize("done", list(permutations(range(4))), ids=str)
def test_only_what_was_answered_without_a_gap_is_committed(done: tuple[int, ...]) -> None:
    queue = CommandQueue()
    for offset in range(10, 14):
        queue.add(offset, HEAL)
    taken = [queue.take() for _ in range(4)]

    seen = set()
    for number in done:
        waiting = taken[number]
        assert waiting is not None
        queue.done(waiting)
        seen.add(number)
        gap = next((one for one in range(4) if one not in seen), 4)
        assert queue.offset == 10 + gap


def test_a_message_without_a_command_is_only_committed() -> None:
    queue = CommandQueue()
    queue.add(7, None)
    waiting = queue.take()

    assert waiting is not None
    queue.done(waiting)
    assert (waiting.command, queue.offset, len(queue)) == (None, 8, 0)


def test_a_queue_with_ten_thousand_commands_is_full() -> None:
    queue = CommandQueue()
    for offset in range(MOST_WAITING):
        queue.add(offset, HEAL)

    assert queue.is_full
