"""Use case: have one person erased, in the name of whoever asks."""

from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.contracts.commands import EraseRecord, command_fields
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import random_sync_id
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.errors import (
    ErasingNeedsAKey,
    NotCaughtUp,
    NotConfirmed,
    UnknownErasure,
)
from services.gateway.live.live_view import LiveView
from services.gateway.projection.erasures import Erasure, ErasureState


@dataclass(frozen=True, slots=True)
class ErasureTarget:
    """Whom to erase: named by one of the two."""

    resource: Resource
    hemis_id: int | None
    id_number: str | None


class ErasureRequests:
    """Every method raises the errors of ``errors.RequestRefused``."""

    def __init__(self, view: LiveView, outbox: CommandPublisher, clock: Clock) -> None:
        self._view = view
        self._outbox = outbox
        self._clock = clock

    async def erase(self, person: ErasureTarget, by: str | None) -> Erasure:
        """Ask for it in somebody's name; asking twice erases no more than asking once."""
        if by is None:
            raise ErasingNeedsAKey
        self._require_current()
        command = self._command(person, by)
        try:
            await self._outbox.send(command)
        except NotConfirmed as error:
            # Without the id: there is no key to ask for it again by, and no need for one.
            raise NotConfirmed from error
        return self.find(command.sync_id)

    async def outcome(self, erasure: Erasure, seconds: float) -> ErasureState:
        """Wait for what becomes of it, at most this long."""

        def state() -> ErasureState:
            return erasure.state(self._view.now())

        def is_settled() -> bool:
            found = state()
            # With a reason, a person has to change something: that takes longer than a request.
            waits = found is ErasureState.WAITING and not erasure.waits_for
            return found is not ErasureState.REQUESTED and not waits

        await self._view.until(is_settled, seconds)
        return state()

    def find(self, erasure_id: str) -> Erasure:
        erasure = self._view.projection.erasures.find(erasure_id)
        if erasure is None:
            self._require_current()
            raise UnknownErasure(erasure_id)
        return erasure

    def newest_first(self) -> list[Erasure]:
        self._require_current()
        return sorted(
            self._view.projection.erasures.all(),
            key=lambda one: (one.at, one.erasure_id),
            reverse=True,
        )

    def _command(self, person: ErasureTarget, by: str) -> EraseRecord:
        return EraseRecord(
            **command_fields(person.resource, random_sync_id(), self._clock.now_ms(), by),
            key=str(person.hemis_id or ""),
            id_number=person.id_number or "",
        )

    def _require_current(self) -> None:
        if not self._view.caught_up:
            raise NotCaughtUp
