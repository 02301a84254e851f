"""Thousands of erased people: the list stands in chunks, and no start is too large for Kafka."""

import asyncio
import hmac
import secrets
from collections.abc import Iterable

import msgspec
import pytest

from libs.common.contracts.checkpoints import Suppressed, SuppressedPeople
from libs.common.contracts.commands import EraseRecord
from libs.common.kafka.in_memory import StoredRecord
from libs.common.kafka.ports import Message
from libs.common.kafka.producer import MAX_MESSAGE_BYTES
from services.fetcher.checkpoints.suppressed_parts import SuppressedUnreadable
from tests.scenarios.fetcher.fetcher_in_memory import STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student

SALT = secrets.token_hex(32)
STATE = b'{"resource":"students","epoch":3,"last_ce_time":7}'


def person(hemis_id: int) -> Suppressed:
    mark = hmac.digest(bytes.fromhex(SALT), str(hemis_id).encode(), "sha256").hex()
    erasure_id = f"00000000-0000-4000-8000-{hemis_id:012}"
    return Suppressed(mark=mark, erasure_id=erasure_id, at=1_700_000_000_000, requested_by="ops")


def as_before_chunks(stage: Stage, ids: Iterable[int]) -> None:
    """Leave what a fetcher left that wrote the whole list as one message."""
    listed = SuppressedPeople(salt=SALT, people=tuple(map(person, ids)))
    put(stage, "students/3/suppressed", msgspec.json.encode(listed))
    put(stage, "students/3", STATE)


def put(stage: Stage, key: str, value: bytes | None) -> None:
    stage.broker.append(Message(stage.topics.checkpoints, key, value))


def erase(stage: Stage, hemis_id: int) -> None:
    stage.send(EraseRecord(**stage._common(STUDENTS, {}), key=str(hemis_id)))


def listed(stage: Stage) -> dict[bytes, StoredRecord]:
    """Give the standing messages of the list by their keys."""
    log = stage.broker.logs[stage.checkpoints_place]
    newest = {record.key or b"": record for record in log if b"suppressed" in (record.key or b"")}
    return {key: record for key, record in newest.items() if record.value is not None}


async def test_6240_people_can_be_erased_and_the_next_fetcher_starts(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in (1, 5_000, 6_240, 9_000)]
    as_before_chunks(stage, range(1, 5_301))

    async with stage.fetcher():
        for first in range(5_301, 6_241, 80):
            for hemis_id in range(first, min(first + 80, 6_241)):
                erase(stage, hemis_id)
            await asyncio.sleep(60)
    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert (decision.complete, decision.suppressed, decision.distinct) == (True, 3, 1)
    sizes = [len(record.value or b"") for record in listed(stage).values()]
    assert max(sizes) < MAX_MESSAGE_BYTES / 2
    assert len(stage.parts().successor(STUDENTS).checkpoint.suppressed.people) == 6_240


async def test_the_list_of_an_older_version_is_read_and_replaced(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(1), student(2)]
    as_before_chunks(stage, [1])

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert decision.suppressed == 1
    assert set(listed(stage)) == {b"students/4/suppressed", b"students/4/suppressed/0"}


async def test_an_older_fetcher_refuses_the_list_in_chunks_and_fetches_nobody(
    stage: Stage,
) -> None:
    as_before_chunks(stage, [1])
    async with stage.fetcher():
        await stage.until(lambda: b"students/4/suppressed" in listed(stage))

    head = listed(stage)[b"students/4/suppressed"].value or b""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(head, type=SuppressedPeople)


async def test_a_takeover_that_was_cut_off_in_the_list_loses_nobody(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(1), student(300), student(999)]
    as_before_chunks(stage, range(1, 401))
    # The one before us got no further than its first chunk.
    half = SuppressedPeople(salt=SALT, people=tuple(map(person, range(1, 201))))
    put(stage, "students/4/suppressed/0", msgspec.json.encode(half))

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert (decision.suppressed, decision.distinct) == (2, 1)


@pytest.mark.parametrize("value", [None, b"nonsense"], ids=["lost", "unreadable"])
async def test_a_list_that_lacks_a_chunk_fetches_nobody(stage: Stage, value: bytes | None) -> None:
    as_before_chunks(stage, range(1, 401))
    async with stage.fetcher():
        await stage.until(lambda: b"students/4/suppressed" in listed(stage))
    put(stage, "students/4/suppressed/0", value)

    with pytest.raises(ExceptionGroup) as caught:
        async with stage.fetcher():
            await stage.decided(stage.start())

    assert caught.group_contains(SuppressedUnreadable)
    assert stage.hemis.calls == []
