"""Messages that nobody would expect end no gateway, and are shown or left out."""

from typing import get_args

import pytest

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.commands import COMMANDS, Command
from libs.common.contracts.events import EVENTS, Event
from services.gateway.progress.narrator import Narrator, tell_command
from services.gateway.progress.projection import Projection
from services.gateway.progress.signs import NOBODY
from services.gateway.progress.view import progress_of, report_of
from tests.poison import poisonous, raw

NOW = 1_700_000_001_000


@pytest.mark.parametrize("kinds", [Event, Command], ids=["events", "commands"])
def test_no_message_on_the_topics_stops_a_gateway(kinds: object) -> None:
    projection, narrator = Projection(), Narrator()

    for place, message in enumerate(poisonous(kinds)):
        fold(projection, narrator, raw(message), place)

    for sync in projection.all():
        report_of(sync, NOW, NOBODY).model_dump_json()
        progress_of(sync, NOW).model_dump_json()


def fold(projection: Projection, narrator: Narrator, value: bytes, place: int) -> None:
    names = {kind.__name__ for kind in get_args(Command)}
    try:
        if any(f'"type": "{name}"'.encode() in value for name in names):
            command = COMMANDS.decode(value)
            assert command is not None
            projection.command(command, place)
            tell_command(command)
        else:
            event = EVENTS.decode(value)
            assert event is not None
            projection.event(event, place)
            narrator.tell(event)
    except MalformedMessage:
        pass
