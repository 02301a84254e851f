"""The codec: strict on types, tolerant of what a newer version added."""

from typing import get_args

import msgspec
import pytest

from libs.common.contracts.codec import Codec, MalformedMessage, encode
from libs.common.contracts.commands import COMMANDS, Command, StartSync
from libs.common.contracts.events import EVENTS, Event, SyncAbandoned
from libs.common.contracts.resources import Resource

COMMAND_KINDS = get_args(Command)
EVENT_KINDS = get_args(Event)

ABANDONED = SyncAbandoned(sync_id="old", resource=Resource.STUDENTS, at=1, superseded_by="new")


@pytest.mark.parametrize("kind", [*COMMAND_KINDS, *EVENT_KINDS])
def test_every_message_names_its_type_and_its_version(kind: type[msgspec.Struct]) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}

    assert kind.__struct_config__.tag == kind.__name__
    assert kind.__struct_config__.tag_field == "type"
    assert fields["version"].default == 1


def test_messages_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ABANDONED.superseded_by = "other"  # type: ignore[misc]


def test_a_message_type_of_a_newer_version_is_none() -> None:
    assert EVENTS.decode(b'{"type":"SyncPraised","sync_id":"s","stars":5}') is None


def test_a_field_of_a_newer_version_is_ignored() -> None:
    newer = encode(ABANDONED)[:-1] + b',"mood":{"good":[true]}}'

    assert EVENTS.decode(newer) == ABANDONED


def test_a_command_of_an_older_version_gets_defaults_for_new_fields() -> None:
    older = (
        b'{"type":"StartSync","command_id":"c","resource":"students","sync_id":"s",'
        b'"issued_at":1,"expires_at":2}'
    )

    command = COMMANDS.decode(older)

    assert isinstance(command, StartSync)
    assert command.mode == "full"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no json", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'{"type":"\xff"}', id="no UTF-8 inside a text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no type"),
        pytest.param(b'{"type":5}', id="a type that is a number"),
        pytest.param(b'{"type":"SyncAbandoned"}', id="fields missing"),
        pytest.param(encode(ABANDONED).replace(b'"at":1', b'"at":"1"'), id="a wrong type"),
        pytest.param(encode(ABANDONED).replace(b"students", b"cats"), id="an unknown word"),
        pytest.param(encode(ABANDONED)[:-1], id="cut off"),
        pytest.param(b'{"type":"New","x":' + b"[" * 9_000, id="nested beyond reason"),
    ],
)
def test_bytes_that_are_not_a_message_are_malformed(value: bytes) -> None:
    with pytest.raises(MalformedMessage):
        EVENTS.decode(value)


def test_the_error_of_a_malformed_message_repeats_no_value() -> None:
    value = encode(ABANDONED).replace(b'"at":1', b'"at":"Karimov"')

    with pytest.raises(MalformedMessage, match=r"\$\.at") as caught:
        EVENTS.decode(value)

    assert "Karimov" not in str(caught.value)


def test_big_integers_stay_exact() -> None:
    class Counted(msgspec.Struct, tag_field="type", tag=True):
        count: int

    class Other(msgspec.Struct, tag_field="type", tag=True):
        pass

    codec: Codec[Counted | Other] = Codec(Counted | Other)

    assert codec.decode(encode(Counted(2**63 - 1))) == Counted(2**63 - 1)
