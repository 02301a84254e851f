"""Kafka's errors, by what happens next; ``answers`` has the table.

::

    KafkaUnavailable (transient)  connection lost, time-out, rebalance → back off, try again
    └── KafkaFault     (set-up)     a right, a limit or a setting      → the same, but named
        └── TopicLimit                a message over its topic's limit   → or bury a stub of it
    OffsetsGone      (transient)  a position fell out of the log       → claim the partition again
    MessageTooLarge  (permanent)  over the client's limit              → bury a stub of it
    ConsumerBroken   (fatal)      aiokafka's own task ended            → stop, start anew
    ConfigurationError (fatal)    a codec that cannot be read here     → stop, exit 78
"""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from libs.common.errors import (
    ConfigurationError,
    FatalError,
    HemisSyncError,
    PermanentError,
    SetupFault,
    TransientError,
)
from libs.common.kafka.error_table import INSTALLATION, RECORD, SETUP
from libs.common.kafka.ports import Partition, alter_command

# Kafka's own default; what the producer sends at most, and what a batch adds to it.
MESSAGE_LIMIT = 1024 * 1024 + 12

_WORD = re.compile(r"\w+")

A = TypeVar("A")


class KafkaUnavailable(TransientError):
    """The broker did not answer, or not as we asked."""


class KafkaFault(KafkaUnavailable, SetupFault):
    """The broker answers, and refuses until somebody changes what is named."""


class OffsetsGone(TransientError):
    """These partitions no longer hold the offset we wanted to read."""

    def __init__(self, partitions: Collection[Partition]) -> None:
        super().__init__(", ".join(map(str, partitions)))
        self.partitions = frozenset(partitions)


class ConsumerBroken(FatalError):
    """The client has left its group for good, and will never read again."""


class MessageTooLarge(PermanentError):
    """A message over the limit of this client."""


class TopicLimit(KafkaFault):
    """A message that the client would send is over the limit of its topic.

    Most messages have to wait until somebody raises it; a record can be left out instead.
    """

    def __init__(self, topic: str, size: int) -> None:
        super().__init__(
            "kafka_message_limit",
            f"Kafka refuses a message of {size} bytes on {topic}",
            alter_command(topic, "max.message.bytes", str(MESSAGE_LIMIT)),
        )


# aiokafka itself would wait for a group's coordinator for ever, for offsets half a minute.
_ANSWER_SECONDS = 10.0


@contextmanager
def translated() -> Iterator[None]:
    """Turn aiokafka's errors into ours, at the edge."""
    try:
        yield
    except OffsetOutOfRangeError as error:
        raise OffsetsGone([Partition(*place) for place in error.args[0]]) from error
    except KafkaError as error:
        raise translation(error) from error
    except (OSError, TimeoutError) as error:
        raise _unavailable(error) from error


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """Translate, and wait for no answer longer than ten seconds."""
    with translated():
        async with asyncio.timeout(_ANSWER_SECONDS):
            yield


def translation(error: KafkaError) -> HemisSyncError:
    """Give an error its answer, as the table says; what is not in it is waited for."""
    error = _unwrapped(error)
    names, about = _about(error)
    if isinstance(error, RECORD):
        return MessageTooLarge(about or type(error).__name__)
    if missing := _answer(INSTALLATION, error):
        return ConfigurationError(missing.format(about=about))
    if fault := _answer(SETUP, error):
        prefix = names[0].rpartition(".")[0] if names else "[KAFKA_TOPIC_PREFIX]"
        detail, advice = (
            text.format(about=about, prefix=f"{prefix}.") for text in (fault.detail, fault.advice)
        )
        return KafkaFault(fault.code, detail.rstrip(": "), advice)
    return _unavailable(error)


def _unwrapped(error: KafkaError) -> KafkaError:
    """Return the reason that aiokafka hides behind the base class, as its cause or in its text."""
    if type(error) is not KafkaError:
        return error
    if isinstance(error.__cause__, KafkaError):
        return error.__cause__
    kinds = {kind.__name__: kind for kind in SETUP}
    hidden = next((kinds[word] for word in _WORD.findall(str(error)) if word in kinds), None)
    return error if hidden is None else hidden()


def _unavailable(error: Exception) -> KafkaUnavailable:
    return KafkaUnavailable(f"{type(error).__name__}: {error}".removesuffix(": "))


def _answer(table: Mapping[type[KafkaError], A], error: KafkaError) -> A | None:
    return next((table[kind] for kind in type(error).__mro__ if kind in table), None)


def _about(error: KafkaError) -> tuple[list[str], str]:
    """Return the topics or the group that an error names, and them with the broker's own words."""
    if not error.args:
        return [], ""
    first, *words = error.args
    many = first if isinstance(first, set | frozenset) else [first]
    names = sorted(str(getattr(one, "topic", one)) for one in many)
    told = [", ".join(names), *(str(word).rstrip(".") for word in words if word)]
    return names, ": ".join(told)
