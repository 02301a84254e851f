"""Kafka's errors, by what happens next.

::

    KafkaUnavailable (transient)  connection lost, time-out, rebalance → back off, try again
    OffsetsGone      (transient)  a position fell out of the log       → claim the partition again
    MessageTooLarge  (permanent)  over the broker's limit              → bury a stub of it
    ConsumerBroken   (fatal)      aiokafka's own task ended            → stop, start anew
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiokafka.errors import KafkaError, MessageSizeTooLargeError, OffsetOutOfRangeError

from libs.common.errors import FatalError, PermanentError, TransientError
from libs.common.kafka.ports import Partition


class KafkaUnavailable(TransientError):
    """The broker did not answer, or not as we asked."""


class OffsetsGone(TransientError):
    """These partitions no longer hold the offset we wanted to read."""

    def __init__(self, partitions: Collection[Partition]) -> None:
        super().__init__(", ".join(map(str, partitions)))
        self.partitions = frozenset(partitions)


class ConsumerBroken(FatalError):
    """The client has left its group for good, and will never read again."""


class MessageTooLarge(PermanentError):
    """A message over the broker's limit."""


# aiokafka itself would wait for a group's coordinator for ever, for offsets half a minute.
_ANSWER_SECONDS = 10.0


@contextmanager
def translated() -> Iterator[None]:
    """Turn aiokafka's errors into ours, at the edge."""
    try:
        yield
    except MessageSizeTooLargeError as error:
        raise MessageTooLarge(str(error)) from error
    except OffsetOutOfRangeError as error:
        raise OffsetsGone([Partition(*place) for place in error.args[0]]) from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise KafkaUnavailable(f"{type(error).__name__}: {error}".removesuffix(": ")) from error


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """Translate, and wait for no answer longer than ten seconds."""
    with translated():
        async with asyncio.timeout(_ANSWER_SECONDS):
            yield
