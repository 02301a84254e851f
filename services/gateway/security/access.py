"""Authorizes a request by its API key or session, its role and its origin."""

from collections.abc import Collection

from starlette.requests import Request

from libs.common.clock import Clock
from services.gateway.errors import (
    ForeignPage,
    KeyRequired,
    KeyUnknown,
    NoKeysSet,
    ReadOnlyKey,
    TooManyWrongKeys,
)
from services.gateway.security.keys import ANYBODY, ApiKey, Caller, Keyring, Role
from services.gateway.security.origins import Origin, is_foreign, parsed_origin
from services.gateway.security.sessions import COOKIE, session_cookie, session_owner
from services.gateway.security.throttle import FailedAttempts

GUARDED = "/api/"
SESSION_PATH = "/api/hemis/session"
READING = {"GET", "HEAD", "OPTIONS"}


class Access:
    """Authorizes requests; every refusal raises a subclass of ``errors.AccessRefused``."""

    def __init__(self, keyring: Keyring, clock: Clock, origins: Collection[Origin]) -> None:
        self._keyring = keyring
        self._clock = clock
        self._origins = origins
        self._failed_attempts = FailedAttempts()

    @property
    def is_open(self) -> bool:
        """True while no keys are set: every request is allowed."""
        return len(self._keyring) == 0

    def admit(self, request: Request) -> Caller:
        """Return the caller of an allowed request under ``/api/``."""
        key = _sent_key(request)
        reads = request.method in READING
        if key is None and not reads:
            self._refuse_foreign(request)
        if request.scope["path"] == SESSION_PATH and not reads:
            return ANYBODY  # a session begins here, so there is none yet
        caller = self._caller(request, key)
        if caller.role is Role.READ and not reads:
            raise ReadOnlyKey
        return caller

    def begin_session(self, request: Request, key: str) -> str:
        """Check a key and return the value of the session cookie."""
        if self.is_open:
            raise NoKeysSet
        # JSON may contain lone surrogates, which must not raise.
        owner = self._owner(request, key.encode(errors="surrogatepass"))
        return session_cookie(owner, self._clock.now_ms())

    def _refuse_foreign(self, request: Request) -> None:
        headers = request.headers
        own = parsed_origin(f"{request.scope['scheme']}://{headers.get('host', '')}")
        if is_foreign(headers, own, self._origins):
            raise ForeignPage(parsed_origin(headers.get("origin", "")), own)

    def _caller(self, request: Request, key: bytes | None) -> Caller:
        if self.is_open:
            return ANYBODY
        if key is not None:
            return self._owner(request, key).caller
        cookie = request.cookies.get(COOKIE, "")
        owner = session_owner(self._keyring, cookie, self._clock.now_ms())
        if owner is None:
            raise KeyRequired
        return owner.caller

    def _owner(self, request: Request, key: bytes) -> ApiKey:
        now = self._clock.monotonic()
        address = request.client.host if request.client else ""
        seconds = self._failed_attempts.wait_seconds(address, now)
        if seconds:
            # Even a right key is refused: otherwise guessing could continue.
            raise TooManyWrongKeys(seconds)
        owner = self._keyring.owner_of(key)
        if owner is None:
            self._failed_attempts.add(address, now)
            raise KeyUnknown
        return owner


def _sent_key(request: Request) -> bytes | None:
    """Return the key of the headers as the bytes that were sent: it may be non-ASCII."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")
    return key.encode("latin-1") if key is not None else None
