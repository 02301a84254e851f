"""No error of aiokafka gets past the edge."""

import aiokafka.errors
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    BrokerResponseError,
    KafkaError,
    MessageSizeTooLargeError,
    OffsetOutOfRangeError,
)

from libs.common.errors import PermanentError, TransientError
from libs.common.kafka.errors import KafkaUnavailable, MessageTooLarge, OffsetsGone, translated
from libs.common.kafka.ports import Partition

OWN_BRANCH = {MessageSizeTooLargeError, OffsetOutOfRangeError}
KINDS = [
    kind
    for kind in vars(aiokafka.errors).values()
    if isinstance(kind, type)
    and issubclass(kind, KafkaError)
    and kind not in {*OWN_BRANCH, BrokerResponseError}  # the last is only a base of others
]


@pytest.mark.parametrize("kind", [*KINDS, OSError, ConnectionResetError, TimeoutError])
def test_every_error_but_two_is_an_outage(kind: type[Exception]) -> None:
    with pytest.raises(KafkaUnavailable, match=kind.__name__) as caught, translated():
        raise kind.__new__(kind)

    assert isinstance(caught.value, TransientError)


def test_a_message_that_is_too_large_will_never_fit() -> None:
    with pytest.raises(MessageTooLarge) as caught, translated():
        raise MessageSizeTooLargeError("2 MB")

    assert isinstance(caught.value, PermanentError)


def test_offsets_that_are_gone_are_named() -> None:
    with pytest.raises(OffsetsGone, match=r"hemis\.students-2") as caught, translated():
        raise OffsetOutOfRangeError({TopicPartition("hemis.students", 2): 1042})

    assert caught.value.partitions == {Partition("hemis.students", 2)}


def test_our_own_mistakes_are_not_called_an_outage() -> None:
    with pytest.raises(KeyError), translated():
        raise KeyError("topic")
