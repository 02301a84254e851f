"""The response to a request that became a command."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response

from services.gateway.api.dependencies import View
from services.gateway.api.schemas import Accepted
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.progress import report_of


@dataclass(frozen=True)
class _AcceptedResponse:
    """Returns the state of a sync, and its address in the ``Location`` header."""

    view: View
    response: Response

    def __call__(self, sync: SyncState, note: str = "") -> Accepted:
        report = report_of(self.view.snapshot(sync))
        self.response.headers["Location"] = f"/api/hemis/syncs/{sync.sync_id}"
        return Accepted(
            sync_id=sync.sync_id,
            resource=sync.resource,
            mode=report.mode,
            status=report.status,
            message=note + report.message,
        )


AcceptedResponse = Annotated[_AcceptedResponse, Depends()]
