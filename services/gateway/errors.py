"""Why a request is not carried out, by what the one who asks can do about it.

::

    RequestRefused
    ├── NotNow          ask again in a moment    → 503 with Retry-After
    │   ├── NotCaughtUp   just started, the topics are still being read
    │   └── NotConfirmed  Kafka did not confirm; the same key tells what became of it
    ├── SyncConflict    the sync's state forbids → 409
    │   ├── SyncActive    another one of this resource is
    │   ├── NotCancellable
    │   ├── NotResumable
    │   ├── NothingPaused
    │   └── NothingHeld
    └── UnknownSync     no such sync             → 404
"""

from libs.common.errors import HemisSyncError


class RequestRefused(HemisSyncError):
    """A request that is not carried out; ``code`` is for programs, the text for people."""

    code = "refused"

    def __init__(self, text: str, sync_id: str | None = None) -> None:
        super().__init__(text)
        self.sync_id = sync_id


class NotNow(RequestRefused):
    """May be carried out in a moment."""


class NotCaughtUp(NotNow):
    code = "not_caught_up"

    def __init__(self) -> None:
        super().__init__("The gateway has just started and is still reading the topics.")


class NotConfirmed(NotNow):
    code = "not_confirmed"

    def __init__(self, sync_id: str) -> None:
        super().__init__(
            "Kafka has not confirmed the request: it may still arrive. "
            "Ask again with the same Idempotency-Key to learn what became of it.",
            sync_id,
        )


class SyncConflict(RequestRefused):
    """The state of a sync forbids it."""


class SyncActive(SyncConflict):
    code = "sync_active"

    def __init__(self, sync_id: str) -> None:
        super().__init__(f"Sync {sync_id} of this resource is already active.", sync_id)


class NotCancellable(SyncConflict):
    code = "not_cancellable"


class NotResumable(SyncConflict):
    code = "not_resumable"


class NothingPaused(SyncConflict):
    code = "nothing_paused"

    def __init__(self, resource: str) -> None:
        super().__init__(f"Loading of {resource} is not paused.")


class NothingHeld(SyncConflict):
    code = "nothing_held"


class UnknownSync(RequestRefused):
    code = "unknown_sync"

    def __init__(self, sync_id: str) -> None:
        super().__init__(f"There is no sync {sync_id}.", sync_id)
