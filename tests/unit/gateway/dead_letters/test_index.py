"""The index of dead letters: folded from its topic, and filtered."""

import itertools
from typing import Any

import pytest

from libs.common.contracts.commands import FetchRecords
from libs.common.contracts.enums import Outcome
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Message
from services.gateway.dead_letters.index import DeadLetterIndex, indexed
from services.gateway.dead_letters.retries import DeadLetterState, RetryStates
from services.gateway.projection.projection import Projection
from tests.unit.gateway.fake_gateway import TOPICS
from tests.unit.gateway.sample_dead_letters import (
    DEAD_LETTER_ID,
    DeadLettersInMemory,
    dead_letter,
    retry_started,
)
from tests.unit.gateway.sample_messages import T0, fetched


@pytest.fixture
async def dead_letters() -> DeadLettersInMemory:
    return await DeadLettersInMemory().open()


async def test_dead_letters_come_newest_first_and_a_repeated_one_is_listed_once(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter(1), dead_letter(2), dead_letter(3), dead_letter(1))

    assert dead_letters.ids == [f"hemis.students-2-{number}" for number in (1, 3, 2)]


async def test_a_deleted_dead_letter_stays_deleted_when_the_topic_is_read_again(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter(1), dead_letter(2))
    await dead_letters.service.discard("hemis.students-2-1")
    dead_letters.read()

    assert dead_letters.ids == ["hemis.students-2-2"]


async def test_an_unreadable_message_is_skipped(dead_letters: DeadLettersInMemory) -> None:
    dead_letters.gateway.broker.append(Message(TOPICS.dead_letters, "strange", b"{}"))
    dead_letters.add(dead_letter(1))

    assert dead_letters.ids == ["hemis.students-2-1"]


def test_only_the_newest_dead_letters_are_kept() -> None:
    found = DeadLetterIndex(most=3)
    for number in range(10):
        published = dead_letter(number)
        found.add(indexed(published.dead_letter_id, dict(published.headers()), number, 1))

    assert [published.offset for published in found] == [9, 8, 7]


def test_packed_syncs_older_than_the_topic_are_dropped() -> None:
    found = DeadLetterIndex()
    for number in range(3):
        published = dead_letter(number, buried_at=T0 + number)
        found.add(indexed(published.dead_letter_id, dict(published.headers()), number, 1))

    found.forget(T0 + 2)

    assert [published.offset for published in found] == [2]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"resource": Resource.EMPLOYEES}, [2]),
        ({"code": "not_json"}, [3]),
        ({"sync": "another"}, [3]),
        ({"since": T0 + 2}, [3, 2]),
        ({"until": T0 + 2}, [1]),
        ({"since": T0 + 2, "until": T0 + 3}, [2]),
        ({"state": DeadLetterState.RETRYING}, []),
        ({"state": DeadLetterState.OPEN, "code": "out_of_range"}, [2, 1]),
    ],
)
async def test_a_dead_letter_must_match_every_filter(
    dead_letters: DeadLettersInMemory, wanted: dict[str, Any], numbers: list[int]
) -> None:
    dead_letters.add(
        dead_letter(1, buried_at=T0 + 1),
        dead_letter(2, buried_at=T0 + 2, resource=Resource.EMPLOYEES, record_key="1826:2600"),
        dead_letter(3, buried_at=T0 + 3, code="not_json", sync_id="another"),
    )

    assert dead_letters.seen(**wanted) == [f"hemis.students-2-{number}" for number in numbers]


async def test_a_retry_state_does_not_depend_on_the_order_of_the_messages(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)
    (command,) = dead_letters.gateway.commands()
    assert isinstance(command, FetchRecords)
    end = fetched(Outcome.NOT_FOUND, sync_id=sync.sync_id)
    published = dead_letters.service.find(DEAD_LETTER_ID)

    retry_states = set()
    story = (command, retry_started(sync, DEAD_LETTER_ID), end)
    for messages in itertools.permutations(enumerate(story)):
        projection = Projection()
        for place, message in (*messages, *messages):
            if isinstance(message, FetchRecords):
                projection.fold_command(message, place)
            else:
                projection.fold_event(message, place)
        retry_state = RetryStates(dead_letters.index, projection, T0).of(published)
        retry_states.add(
            (retry_state.state, retry_state.attempts, retry_state.last_retry is not None)
        )

    assert retry_states == {(DeadLetterState.OPEN, 1, True)}
