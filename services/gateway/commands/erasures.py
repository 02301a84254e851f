"""Use case: erase one person, on behalf of the caller."""

from libs.common.clock import Clock
from libs.common.contracts.commands import EraseRecord, WantedRecord, command_fields
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import random_sync_id
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.errors import ErasingNeedsAKey, NotConfirmed, UnknownErasure
from services.gateway.live.live_view import LiveView
from services.gateway.projection.erasures import Erasure, ErasureState


class ErasureRequests:
    """Requests erasures and finds them; every method raises subclasses of ``RequestRefused``."""

    def __init__(self, view: LiveView, publisher: CommandPublisher, clock: Clock) -> None:
        self._view = view
        self._publisher = publisher
        self._clock = clock

    async def erase(
        self, resource: Resource, person: WantedRecord, requested_by: str | None
    ) -> Erasure:
        """Send the command; a second one for the same person changes nothing.

        ``person`` has one of the two identifiers.
        """
        if requested_by is None:
            raise ErasingNeedsAKey
        command = EraseRecord(
            **command_fields(resource, random_sync_id(), self._clock.now_ms(), requested_by),
            key=str(person.hemis_id or ""),
            id_number=person.id_number or "",
        )
        try:
            await self._publisher.send_command(command)
        except NotConfirmed as error:
            # Without the sync id: an erasure has no idempotency key, and needs none.
            raise NotConfirmed from error
        return self.find(command.sync_id)

    async def wait_for_result(self, erasure: Erasure, timeout_seconds: float) -> ErasureState:
        """Wait until the erasure ends or a person has to act, at most this long."""

        def is_settled() -> bool:
            state = erasure.state(self._view.now())
            # With a reason a person has to change something, which takes longer than a request.
            waits = state is ErasureState.WAITING and not erasure.remaining_row_reason
            return state is not ErasureState.REQUESTED and not waits

        await self._view.wait_until(is_settled, timeout_seconds)
        return erasure.state(self._view.now())

    def find(self, erasure_id: str) -> Erasure:
        erasure = self._view.projection.erasures.find(erasure_id)
        if erasure is None:
            raise UnknownErasure(erasure_id)
        return erasure

    def newest_first(self) -> list[Erasure]:
        return sorted(
            self._view.projection.erasures.all(),
            key=lambda one: (one.at, one.erasure_id),
            reverse=True,
        )
