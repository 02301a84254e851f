"""Sample messages of each kind, kept with each release so that later versions can be tested. Pure.

A kind with optional fields has two samples: with all fields, and with the required ones only. The
values are invented and the same each time.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from libs.common.contracts.checkpoints import (
    Checkpoint,
    KnownSyncs,
    SuppressedHead,
    SuppressedPeople,
)
from libs.common.contracts.codec import encode
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.item_shapes import Shapes
from libs.common.contracts.published.schemas import COMMAND_CLASSES, EVENT_CLASSES
from libs.common.contracts.resources import Resource

_CHECKPOINT_PARTS = (Checkpoint, KnownSyncs, SuppressedPeople, SuppressedHead, Shapes)
KINDS = (*COMMAND_CLASSES, *EVENT_CLASSES, Beat, *_CHECKPOINT_PARTS)

_SCALARS: dict[Any, Any] = {int: 1_700_000_000_000, float: 2.5, str: "invented", bool: True}


def sample_lines() -> str:
    """Return one line of JSON for each message: ``{"kind": "StartSync", "value": {…}}``."""
    return "".join(
        f'{{"kind":"{kind.__name__}","value":{encode(message).decode()}}}\n'
        for kind in KINDS
        for message in _messages(kind)
    )


def _messages(kind: type[msgspec.Struct]) -> Iterator[msgspec.Struct]:
    fields = msgspec.structs.fields(kind)
    yield kind(**{field.name: _invented(field.type) for field in fields})
    required = [field for field in fields if field.required]
    if len(required) < len(fields):
        yield kind(**{field.name: _invented(field.type) for field in required})


def _invented(kind: Any) -> Any:  # noqa: ANN401 — any type that a message's field has
    """Return a value of the type; of a union, a value of the first type that is not None."""
    if get_origin(kind) is Annotated:
        (kind, *_) = get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    inner = [argument for argument in get_args(kind) if argument not in (NoneType, ...)]
    if get_origin(kind) is tuple:
        return (_invented(inner[0]),)
    if get_origin(kind) is dict:
        return {_invented(inner[0]): _invented(inner[1])}
    if get_origin(kind) in (Union, UnionType):
        return _invented(inner[0])
    if issubclass(kind, msgspec.Struct):
        return next(_messages(kind))
    return Resource.STUDENTS if kind is Resource else next(iter(kind))
