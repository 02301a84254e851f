"""What aiokafka's group consumer does to us, and what we make of it."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from typing_extensions import override

from libs.common.kafka.consumer import KafkaGroupConsumer
from libs.common.kafka.errors import ConsumerBroken


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


async def test_a_consumer_that_left_its_group_for_good_is_no_cancellation_of_ours() -> None:
    """A TaskGroup lets a cancelled task go without a word: the loader would load no more."""
    with pytest.raises(ConsumerBroken):
        await KafkaGroupConsumer(_LeftForGood()).poll((), 1, 0)


async def test_our_own_cancellation_stays_one() -> None:
    polling = asyncio.ensure_future(KafkaGroupConsumer(_Waiting()).poll((), 1, 0))
    await asyncio.sleep(0)

    polling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await polling
