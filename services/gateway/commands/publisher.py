"""What the gateway writes to Kafka: commands, events and deleted dead letters."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import Command, EraseRecord, StartSync
from libs.common.contracts.events import Event, SyncAbandoned
from libs.common.contracts.topics import Topics
from libs.common.errors import TransientError
from libs.common.kafka.ports import Message, Position, Producer
from libs.common.process.lifecycle import Stop
from services.gateway.errors import NotCaughtUp, NotConfirmed
from services.gateway.live.event_log import log_command
from services.gateway.live.live_view import LiveView
from services.gateway.projection.erasures import ErasureState
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.status import is_answered

logger = logging.getLogger(__name__)

CONFIRM_SECONDS = 5.0
REPEAT_SECONDS = 30.0


class CommandPublisher:
    """Publishes, and repeats each confirmed command until the topic shows its answer."""

    def __init__(self, topics: Topics, view: LiveView, clock: Clock) -> None:
        self._topics = topics
        self._view = view
        self._clock = clock
        self._producer: Producer | None = None
        self._unanswered: list[Command] = []

    def connect(self, producer: Producer) -> None:
        self._producer = producer

    async def send_command(self, command: Command) -> None:
        """Publish a command and show it in the view.

        Raises:
            NotConfirmed: Kafka did not confirm in time; the command may still arrive.
        """
        position = await self._publish_command(command)
        self._unanswered.append(command)
        log_command(command)
        # The view shows it before it is read back from the topic.
        self._view.projection.fold_command(command, position.offset)
        await self._view.notify()

    async def publish_event(self, event: Event) -> None:
        """Publish an event; raises NotConfirmed."""
        message = Message(self._topics.progress, event.sync_id, encode(event))
        await self._publish([message], event.sync_id)

    async def start_sync(self, command: StartSync, lost: SyncState | None) -> None:
        """Send the command, and abandon the lost sync that it supersedes; raises NotConfirmed."""
        if lost is None:
            await self.send_command(command)
            return
        await self.send_command(replace(command, supersedes=lost.sync_id))
        await self.abandon(lost, command.sync_id)

    async def abandon(self, lost: SyncState, superseded_by: str = "") -> None:
        """Publish that a sync is abandoned; raises NotConfirmed."""
        abandoned = SyncAbandoned(
            sync_id=lost.sync_id,
            resource=lost.resource,
            at=self._clock.now_ms(),
            superseded_by=superseded_by,
        )
        await self.publish_event(abandoned)

    async def delete_dead_letters(self, dead_letter_ids: Iterable[str]) -> None:
        """Publish a tombstone for each dead letter; raises NotConfirmed."""
        await self._publish(
            [Message(self._topics.dead_letters, name, None) for name in dead_letter_ids]
        )

    async def run(self, stop: Stop) -> None:
        """Repeat unanswered commands: a command can be lost together with its topic."""
        while not await stop.wait(REPEAT_SECONDS):
            await self.repeat_unanswered()

    async def repeat_unanswered(self) -> None:
        self._unanswered = [command for command in self._unanswered if self._is_open(command)]
        for command in self._unanswered:
            try:
                await self._publish_command(command)
            except NotConfirmed:
                logger.warning(
                    "HEMIS %s command not repeated: Kafka did not confirm",
                    command.resource,
                    extra={"sync": command.sync_id},
                )

    def _is_open(self, command: Command) -> bool:
        if isinstance(command, EraseRecord):
            erasure = self._view.projection.erasures.find(command.sync_id)
            now = self._clock.now_ms()
            return erasure is not None and erasure.state(now) is ErasureState.REQUESTED
        sync = self._view.find(command.sync_id)
        expired = self._clock.now_ms() >= command.expires_at
        return sync is not None and not expired and not is_answered(sync, command)

    async def _publish_command(self, command: Command) -> Position:
        message = Message(self._topics.commands, command.resource, encode(command))
        (position,) = await self._publish([message], command.sync_id)
        return position

    async def _publish(
        self, messages: Sequence[Message], sync_id: str | None = None
    ) -> list[Position]:
        if self._producer is None:
            raise NotCaughtUp
        try:
            # A timeout does not recall the messages: they may still arrive.
            async with asyncio.timeout(CONFIRM_SECONDS):
                return await self._producer.publish(messages)
        except (TransientError, TimeoutError) as error:
            raise NotConfirmed(sync_id) from error
