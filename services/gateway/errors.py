"""Why a request is refused, grouped by what the caller can do about it.

::

    RequestRefused
    ├── NotNow          try again in a moment         → 503 with Retry-After
    │   ├── NotCaughtUp   just started, the topics are still being read
    │   ├── NotConfirmed  Kafka did not confirm; the same key shows the result
    │   └── KafkaSilent   Kafka did not answer a read
    ├── SyncConflict    the state of the sync forbids → 409
    │   ├── SyncActive    another sync of this resource is active
    │   ├── NotCancellable
    │   ├── NotResumable
    │   ├── NothingPaused
    │   ├── NothingHeld
    │   ├── NotRetryable  a dead letter without a usable id
    │   └── NobodyErased  the person is unknown, or the request expired
    ├── KeyReused       idempotency key of another request → 422
    ├── UnknownSync                                   → 404
    ├── UnknownDeadLetter  none, or resolved          → 404
    ├── UnknownErasure  none, or over 90 days ago     → 404
    └── AccessRefused   this caller may not
        ├── NoKey           send a key                → 401
        │   ├── KeyRequired   no key, or an expired session
        │   └── KeyUnknown
        ├── NotAllowed      another request is needed → 403
        │   ├── ReadOnlyKey
        │   ├── ForeignPage   sent by a page of another origin
        │   ├── ValuesNeedAKey  personal data
        │   └── ErasingNeedsAKey  cannot be undone
        ├── TooManyWrongKeys  from this address       → 429 with Retry-After
        └── NoKeysSet       no session is needed      → 409
"""

from libs.common.errors import HemisSyncError


class RequestRefused(HemisSyncError):
    """A refused request; ``code`` is for programs, the text for people."""

    http_status: int
    code: str
    text = ""
    """The text where it is the same for every instance."""

    def __init__(self, text: str = "", sync_id: str | None = None) -> None:
        super().__init__(text or self.text)
        self.sync_id = sync_id


class NotNow(RequestRefused):
    """The same request may succeed in a moment."""

    http_status = 503


class NotCaughtUp(NotNow):
    code = "not_caught_up"
    text = "The gateway has just started and is still reading the topics: try again in a moment."


class NotConfirmed(NotNow):
    code = "not_confirmed"

    def __init__(self, sync_id: str | None = None) -> None:
        advice = "with the same Idempotency-Key, to see its result" if sync_id else "in a moment"
        super().__init__(
            f"Kafka has not confirmed the request, which may still arrive: try again {advice}.",
            sync_id,
        )


class KafkaSilent(NotNow):
    code = "kafka_silent"
    text = "Kafka did not answer in time: try again in a moment, or see GET /api/hemis/doctor."


class SyncConflict(RequestRefused):
    """The state of the sync does not allow the request."""

    http_status = 409


class SyncActive(SyncConflict):
    code = "sync_active"

    def __init__(self, sync_id: str) -> None:
        super().__init__(
            f"Sync {sync_id} of this resource is already active: wait for its end, or cancel it.",
            sync_id,
        )


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
    http_status = 422
    code = "key_reused"

    def __init__(self, sync_id: str) -> None:
        super().__init__(
            f"This Idempotency-Key belongs to another request, which started sync {sync_id}:"
            " use a new key.",
            sync_id,
        )


class UnknownSync(RequestRefused):
    http_status = 404
    code = "unknown_sync"

    def __init__(self, sync_id: str) -> None:
        super().__init__(
            f"There is no sync {sync_id}: GET /api/hemis/syncs lists those of the last 90 days.",
            sync_id,
        )


class UnknownDeadLetter(RequestRefused):
    http_status = 404
    code = "unknown_dead_letter"

    def __init__(self, dead_letter_id: str) -> None:
        super().__init__(
            f"There is no dead letter {dead_letter_id}: it may be loaded or discarded by now."
        )


class NotRetryable(SyncConflict):
    code = "not_retryable"

    def __init__(self, dead_letter_id: str) -> None:
        super().__init__(
            f"Dead letter {dead_letter_id} has no usable id, so its record cannot be fetched from"
            " HEMIS again: discard it instead."
        )


class NobodyErased(SyncConflict):
    code = "nobody_erased"


class UnknownErasure(RequestRefused):
    http_status = 404
    code = "unknown_erasure"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(
            f"There is no erasure {erasure_id}: those of over 90 days ago are not kept."
        )


class AccessRefused(RequestRefused):
    """The caller may not make this request."""


class NoKey(AccessRefused):
    """Needs an API key."""

    http_status = 401


class KeyRequired(NoKey):
    code = "key_required"
    text = (
        "This request needs an API key: send Authorization: Bearer or X-API-Key, or begin a"
        " session with POST /api/hemis/session."
    )


class KeyUnknown(NoKey):
    code = "key_unknown"
    text = "This API key is unknown: use one of GATEWAY_API_KEYS."


class NotAllowed(AccessRefused):
    """The key, or its absence, does not allow this request."""

    http_status = 403


class ReadOnlyKey(NotAllowed):
    code = "read_only_key"
    text = "This API key is read-only: use one that may change something."


class ForeignPage(NotAllowed):
    code = "foreign_page"

    def __init__(self, page: object, own: object) -> None:
        """Take the two origins; None for an unknown one."""
        super().__init__(
            f"A page from {page or 'another address'} may not change anything at"
            f" {own or 'the gateway'} without an API key. If both are the gateway, configure the"
            " proxy to send X-Forwarded-Proto and X-Forwarded-Host, from an address in"
            " FORWARDED_ALLOW_IPS. To allow another page, add its origin to GATEWAY_CORS_ORIGINS."
        )


class ValuesNeedAKey(NotAllowed):
    code = "values_need_a_key"
    text = "Full values are personal data: send an API key, or leave out values=true."


class ErasingNeedsAKey(NotAllowed):
    code = "erasing_needs_a_key"
    text = "An erasure is recorded with the name of an API key: set GATEWAY_API_KEYS and send one."


class TooManyWrongKeys(AccessRefused):
    http_status = 429
    code = "too_many_wrong_keys"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many wrong API keys came from this address: try again in {seconds} seconds."
        )
        self.retry_after_seconds = seconds


class NoKeysSet(AccessRefused):
    http_status = 409
    code = "no_keys_set"
    text = "GATEWAY_API_KEYS is not set, so no session is needed."
