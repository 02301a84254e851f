"""The one codec of our own messages: JSON, strict on types, tolerant of unknown fields."""

from typing import Generic, TypeVar, cast, get_args

import msgspec

from libs.common.errors import PermanentError

M = TypeVar("M")

_encoder = msgspec.json.Encoder()
# The last two (bytes that are no UTF-8, nesting beyond all reason) are no errors of msgspec's own.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class MalformedMessage(PermanentError):
    """Bytes on one of our own topics that are no message of ours; carries what is wrong."""


class _Tag(msgspec.Struct):
    type: str


def encode(message: msgspec.Struct) -> bytes:
    return _encoder.encode(message)


def decode_as(kind: type[M], value: bytes) -> M:
    """Read a message of the one kind that it can be.

    Raises:
        MalformedMessage: not JSON, or a field of the wrong type.
    """
    try:
        return msgspec.json.decode(value, type=kind)
    except _UNREADABLE as error:
        raise MalformedMessage(str(error)) from error


class Codec(Generic[M]):
    """Decodes one union of messages; a type that a newer version added is None, not an error."""

    def __init__(self, union: object) -> None:
        self._decoder = msgspec.json.Decoder(cast("type[M]", union))
        self._known = frozenset(kind.__name__ for kind in get_args(union))

    def decode(self, value: bytes) -> M | None:
        """Read one message; None for a type this version does not know.

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
