"""Any message that can be made survives the wire."""

from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.codec import Codec, Count, HemisId, Milliseconds, SyncId, encode
from libs.common.contracts.commands import COMMANDS, Command
from libs.common.contracts.events import EVENTS, Event

_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(),
    NoneType: st.none(),
}

_BOUNDED: dict[Any, st.SearchStrategy[Any]] = {
    Count: st.integers(-(2**53), 2**53),
    Milliseconds: st.integers(0, 253_402_300_799_999),
    HemisId: st.integers(1, 2**63 - 1),
    SyncId: st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=256
    ),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type can hold."""
    if get_origin(kind) is Annotated:
        return _BOUNDED[kind]
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return st.builds(kind, **{field.name: values_of(field.type) for field in fields})
    inner = [values_of(argument) for argument in get_args(kind) if argument is not ...]
    if get_origin(kind) is tuple:
        return st.lists(inner[0], max_size=3).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(*inner, max_size=3)
    return st.one_of(inner) if inner else st.from_type(kind)


@pytest.mark.parametrize("kind", get_args(Command))
def test_every_command_is_the_same_after_encoding_and_decoding(kind: type) -> None:
    assert_survives(COMMANDS, kind)


@pytest.mark.parametrize("kind", get_args(Event))
def test_every_event_is_the_same_after_encoding_and_decoding(kind: type) -> None:
    assert_survives(EVENTS, kind)


def assert_survives(codec: Codec[Any], kind: type) -> None:
    @settings(max_examples=10)
    @given(values_of(kind))
    def try_one(message: Any) -> None:
        assert codec.decode(encode(message)) == message

    try_one()
