"""Kafka's errors, by what happens next; ``error_table`` maps aiokafka's errors to them.

::

    KafkaUnavailable (transient)  connection lost, time-out, rebalance → back off, try again
    └── KafkaFault     (set-up)     a right, a limit or a setting      → the same, but named
        └── TopicLimit                a message over its topic's limit   → or dead-letter a stub
    OffsetsGone      (transient)  a position fell out of the log       → claim the partition again
    MessageTooLarge  (permanent)  over the client's limit              → dead-letter a stub
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

# Kafka's default for max.message.bytes: our largest message and the overhead of its batch.
MESSAGE_LIMIT = 1024 * 1024 + 12

_WORD = re.compile(r"\w+")

A = TypeVar("A")


class KafkaUnavailable(TransientError):
    """The broker did not answer, or cannot do it now."""


class KafkaFault(KafkaUnavailable, SetupFault):
    """The broker refuses requests until somebody changes what the error names."""


class OffsetsGone(TransientError):
    """The offset to read is no longer in the log of these partitions."""

    def __init__(self, partitions: Collection[Partition]) -> None:
        super().__init__(", ".join(map(str, partitions)))
        self.partitions = frozenset(partitions)


class ConsumerBroken(FatalError):
    """The client has left its group, and cannot join it again."""


class MessageTooLarge(PermanentError):
    """A message over the limit of this client."""


class TopicLimit(KafkaFault):
    """A message is larger than its topic allows.

    A record becomes a dead letter. Any other message waits until somebody raises the limit.
    """

    def __init__(self, topic: str, size: int) -> None:
        super().__init__(
            "kafka_message_limit",
            f"Kafka refuses a message of {size} bytes on {topic}",
            alter_command(topic, "max.message.bytes", str(MESSAGE_LIMIT)),
        )


# aiokafka itself waits without a limit for a group's coordinator, and half a minute for offsets.
_ANSWER_SECONDS = 10.0


@contextmanager
def translated() -> Iterator[None]:
    """Translate aiokafka's errors into ours."""
    try:
        yield
    except OffsetOutOfRangeError as error:
        raise OffsetsGone([Partition(*partition) for partition in error.args[0]]) from error
    except KafkaError as error:
        raise translation(error) from error
    except (OSError, TimeoutError) as error:
        raise _unavailable(error) from error


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """Translate errors, and limit the wait for an answer to ten seconds."""
    with translated():
        async with asyncio.timeout(_ANSWER_SECONDS):
            yield


def translation(error: KafkaError) -> HemisSyncError:
    """Translate one error of aiokafka, as ``error_table`` says."""
    error = _unwrapped(error)
    names, about = _described(error)
    if isinstance(error, RECORD):
        return MessageTooLarge(about or type(error).__name__)
    if missing := _entry(INSTALLATION, error):
        return ConfigurationError(missing.format(about=about))
    if fault := _entry(SETUP, error):
        prefix = names[0].rpartition(".")[0] if names else "[KAFKA_TOPIC_PREFIX]"
        detail, advice = (
            text.format(about=about, prefix=f"{prefix}.") for text in (fault.detail, fault.advice)
        )
        return KafkaFault(fault.code, detail.rstrip(": "), advice)
    return _unavailable(error)


def _unwrapped(error: KafkaError) -> KafkaError:
    """Return the real error if aiokafka raised the base class, from its cause or its text."""
    if type(error) is not KafkaError:
        return error
    if isinstance(error.__cause__, KafkaError):
        return error.__cause__
    kinds = {kind.__name__: kind for kind in SETUP}
    hidden = next((kinds[word] for word in _WORD.findall(str(error)) if word in kinds), None)
    return error if hidden is None else hidden()


def _unavailable(error: Exception) -> KafkaUnavailable:
    return KafkaUnavailable(f"{type(error).__name__}: {error}".removesuffix(": "))


def _entry(table: Mapping[type[KafkaError], A], error: KafkaError) -> A | None:
    return next((table[kind] for kind in type(error).__mro__ if kind in table), None)


def _described(error: KafkaError) -> tuple[list[str], str]:
    """Return the topics or the group of an error, and a text of them and the broker's message."""
    if not error.args:
        return [], ""
    first, *words = error.args
    many = first if isinstance(first, set | frozenset) else [first]
    names = sorted(str(getattr(one, "topic", one)) for one in many)
    texts = [", ".join(names), *(str(word).rstrip(".") for word in words if word)]
    return names, ": ".join(texts)
