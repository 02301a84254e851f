"""Encodes and decodes our own messages: JSON, strict on types, tolerant of unknown fields.

Numbers and ids have bounds, so that every reader can store them. A message beyond them is
malformed, and its readers skip it.
"""

from typing import Annotated, Generic, TypeVar, cast, get_args

import msgspec

from libs.common.errors import PermanentError

M = TypeVar("M")

_MAX_COUNT = 2**53
"""Every JSON reader keeps integers up to it exact, and a sum of a thousand fits a ``bigint``."""

Count = Annotated[int, msgspec.Meta(ge=-_MAX_COUNT, le=_MAX_COUNT)]
"""Any number of ours. Negative ones too: a wrong count must not lose the whole message."""

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""A time, in unix milliseconds, until the year 9999."""

HemisId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

SyncId = Annotated[str, msgspec.Meta(max_length=256, pattern="^[^\\u0000]*$")]

_encoder = msgspec.json.Encoder()
# msgspec does not wrap two errors: invalid UTF-8 and too deep nesting.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class MalformedMessage(PermanentError):
    """Bytes on one of our topics that are not a message of ours; the text says why."""


class _Tag(msgspec.Struct):
    type: str


def encode(message: msgspec.Struct) -> bytes:
    return _encoder.encode(message)


def decode_as(kind: type[M], value: bytes) -> M:
    """Decode a message of one class.

    Raises:
        MalformedMessage: not JSON, or a field of the wrong type.
    """
    try:
        return msgspec.json.decode(value, type=kind)
    except _UNREADABLE as error:
        raise MalformedMessage(str(error)) from error


class Codec(Generic[M]):
    """Decodes a union of message classes; a ``type`` of a newer version becomes None."""

    def __init__(self, union: object) -> None:
        self._decoder = msgspec.json.Decoder(cast("type[M]", union))
        self._known = frozenset(kind.__name__ for kind in get_args(union))

    def decode(self, value: bytes) -> M | None:
        """Decode one message; None for a ``type`` that this version does not know.

        Raises:
            MalformedMessage: not JSON, no ``type``, or a field of the wrong type.
        """
        try:
            return self._decoder.decode(value)
        except _UNREADABLE as error:
            if self._is_newer(value):
                return None
            raise MalformedMessage(str(error)) from error

    def _is_newer(self, value: bytes) -> bool:
        try:
            return msgspec.json.decode(value, type=_Tag).type not in self._known
        except _UNREADABLE:
            return False
