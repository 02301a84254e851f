"""Why a request is not carried out, by what the one who asks can do about it.

::

    RequestRefused
    ├── NotNow          ask again in a moment    → 503 with Retry-After
    │   ├── NotCaughtUp   just started, the topics are still being read
    │   ├── NotConfirmed  Kafka did not confirm; the same key tells what became of it
    │   └── KafkaSilent   it was only asked for something, and did not answer
    ├── SyncConflict    the sync's state forbids → 409
    │   ├── SyncActive    another one of this resource is
    │   ├── NotCancellable
    │   ├── NotResumable
    │   ├── NothingPaused
    │   ├── NothingHeld
    │   ├── NotRetryable  a dead letter without a usable id
    │   └── NobodyErased  nobody is named by what was given
    ├── KeyReused       for another request      → 422
    ├── UnknownSync     no such sync             → 404
    ├── UnknownDeadLetter  none, or dealt with   → 404
    ├── UnknownErasure  none, or long ago        → 404
    └── AccessRefused   not by this caller
        ├── NoKey           show one             → 401
        │   ├── KeyRequired   none, or a session that has ended
        │   └── KeyUnknown
        ├── NotAllowed      whatever one shows   → 403
        │   ├── ReadOnlyKey   it may only look
        │   ├── ForeignPage   a page of somebody else's sent it
        │   ├── ValuesNeedAKey  personal data
        │   └── ErasingNeedsAKey  there is no way back
        ├── TooManyWrongKeys  from this address  → 429 with Retry-After
        └── NoKeysSet       no session is needed → 409
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

    def __init__(self, sync_id: str | None = None) -> None:
        again = "Ask again with the same Idempotency-Key to learn what became of it."
        super().__init__(
            "Kafka has not confirmed the request: it may still arrive. "
            + (again if sync_id else "Ask again."),
            sync_id,
        )


class KafkaSilent(NotNow):
    code = "kafka_silent"

    def __init__(self) -> None:
        super().__init__("Kafka did not answer in time.")


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


class KeyReused(RequestRefused):
    code = "key_reused"

    def __init__(self, sync_id: str) -> None:
        super().__init__(
            f"This Idempotency-Key was sent with another request, which became sync {sync_id}:"
            " ask with a new key.",
            sync_id,
        )


class UnknownSync(RequestRefused):
    code = "unknown_sync"

    def __init__(self, sync_id: str) -> None:
        super().__init__(f"There is no sync {sync_id}.", sync_id)


class UnknownDeadLetter(RequestRefused):
    code = "unknown_dead_letter"

    def __init__(self, dead_letter_id: str) -> None:
        super().__init__(f"There is no dead letter {dead_letter_id}: it may be dealt with.")


class NotRetryable(SyncConflict):
    code = "not_retryable"

    def __init__(self, dead_letter_id: str) -> None:
        super().__init__(
            f"Dead letter {dead_letter_id} has no usable id, so HEMIS cannot be asked for its "
            "record again: it can only be discarded."
        )


class NobodyErased(SyncConflict):
    code = "nobody_erased"


class UnknownErasure(RequestRefused):
    code = "unknown_erasure"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(f"There is no erasure {erasure_id}, or it was over 90 days ago.")


class AccessRefused(RequestRefused):
    """Not by this caller."""


class NoKey(AccessRefused):
    """Whoever shows a key may."""


class KeyRequired(NoKey):
    code = "key_required"

    def __init__(self) -> None:
        super().__init__("Send a key, as Authorization: Bearer or X-API-Key, or begin a session.")


class KeyUnknown(NoKey):
    code = "key_unknown"

    def __init__(self) -> None:
        super().__init__("This key is none of the gateway's.")


class NotAllowed(AccessRefused):
    """Another key will not help, or not from there."""


class ReadOnlyKey(NotAllowed):
    code = "read_only_key"

    def __init__(self) -> None:
        super().__init__("This key may look at everything and change nothing.")


class ForeignPage(NotAllowed):
    code = "foreign_page"

    def __init__(self, page: object, own: object) -> None:
        """Take the two origins, None where one is not known."""
        super().__init__(
            f"A page from {page or 'another address'} may not change anything at"
            f" {own or 'the gateway'} without a key. If both are the gateway, have the proxy in"
            " front send X-Forwarded-Proto and X-Forwarded-Host, from an address in"
            " FORWARDED_ALLOW_IPS. To let another page call, name it in GATEWAY_CORS_ORIGINS."
        )


class ValuesNeedAKey(NotAllowed):
    code = "values_need_a_key"

    def __init__(self) -> None:
        super().__init__("A value in full is personal data: it is shown only to who sends a key.")


class ErasingNeedsAKey(NotAllowed):
    code = "erasing_needs_a_key"

    def __init__(self) -> None:
        super().__init__("Nobody is erased without a name to it: set keys, and send one.")


class TooManyWrongKeys(AccessRefused):
    code = "too_many_wrong_keys"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many wrong keys came from this address: no key is looked at for now.")
        self.retry_after_seconds = seconds


class NoKeysSet(AccessRefused):
    code = "no_keys_set"

    def __init__(self) -> None:
        super().__init__("No keys are set: everybody may do everything, without a session.")
