"""What aiokafka's group consumer does to us, and what we make of it."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from typing_extensions import override

from libs.common.kafka.errors import ConsumerBroken, KafkaUnavailable
from libs.common.kafka.group_consumer import KafkaGroupConsumer
from libs.common.kafka.log_reader import KafkaLogReader


class _LeftForGood(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """Its coordination task was cancelled: every poll says so (measured)."""

    def __init__(self) -> None: ...

    def __del__(self) -> None: ...

    async def getmany(self, *_: object, **__: object) -> object:
        raise asyncio.CancelledError


class _Waiting(_LeftForGood):
    """Waits until it is cancelled."""

    @override
    async def getmany(self, *_: object, **__: object) -> object:
        return await asyncio.Event().wait()


async def test_a_cancelled_task_inside_aiokafka_breaks_the_consumer() -> None:
    """A TaskGroup lets a cancelled task go without a word: the loader would load no more."""
    with pytest.raises(ConsumerBroken):
        await KafkaGroupConsumer(_LeftForGood()).poll((), 1, 0)


async def test_a_cancellation_of_the_caller_is_passed_on() -> None:
    polling = asyncio.ensure_future(KafkaGroupConsumer(_Waiting()).poll((), 1, 0))
    await asyncio.sleep(0)

    polling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await polling


class _Hollow(_LeftForGood):
    """One of its own tasks has ended, or none; it goes on answering."""

    def __init__(self, error: KafkaError | None = None, *, ended: str = "") -> None:
        self._error = error
        tasks = {name: asyncio.get_running_loop().create_future() for name in ("fetch", "join")}
        if ended:
            tasks[ended].set_result(None)
        self._fetcher = SimpleNamespace(_fetch_task=tasks["fetch"])
        self._coordinator = SimpleNamespace(_coordination_task=tasks["join"])

    @override
    async def getmany(self, *_: object, **__: object) -> object:
        if self._error is not None:
            raise self._error
        return {}


async def test_a_consumer_whose_fetch_task_ended_is_broken() -> None:
    """aiokafka answers with nothing for ever: nobody would know."""
    with pytest.raises(ConsumerBroken):
        await KafkaGroupConsumer(_Hollow(ended="fetch")).poll((), 1, 0)
    with pytest.raises(ConsumerBroken):
        await KafkaLogReader(_Hollow(ended="fetch"), {}).poll(0)


async def test_a_consumer_whose_coordination_task_ended_is_broken() -> None:
    error = KafkaError("Unexpected error during coordination AssertionError()")

    with pytest.raises(ConsumerBroken):
        await KafkaGroupConsumer(_Hollow(error, ended="join")).poll((), 1, 0)


async def test_a_consumer_whose_tasks_run_is_not_broken() -> None:
    assert await KafkaGroupConsumer(_Hollow()).poll((), 1, 0) == []
    with pytest.raises(KafkaUnavailable):
        await KafkaGroupConsumer(_Hollow(KafkaError("away"))).poll((), 1, 0)
