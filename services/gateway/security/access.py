"""Decide who may make a request, by its key, its session, its role and where it came from."""

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
from services.gateway.security.sessions import COOKIE, Sessions
from services.gateway.security.throttle import FailedAttempts

GUARDED = "/api/"
SESSION_PATH = "/api/hemis/session"
READING = {"GET", "HEAD", "OPTIONS"}


class Access:
    """Of one gateway. Whatever is refused raises one of ``errors.AccessRefused``."""

    def __init__(self, keyring: Keyring, clock: Clock, origins: Collection[Origin]) -> None:
        self._keyring = keyring
        self._clock = clock
        self._origins = origins
        self._sessions = Sessions(keyring)
        self._failures = FailedAttempts()

    @property
    def is_open(self) -> bool:
        """No keys are set: everybody may do everything."""
        return len(self._keyring) == 0

    def admit(self, request: Request) -> Caller:
        """Give the caller of a request under ``/api/`` that may be carried out."""
        key = _sent_key(request)
        reads = request.method in READING
        if key is None and not reads:
            self._refuse_foreign(request)
        if request.scope["path"] == SESSION_PATH and not reads:
            return ANYBODY  # whoever has no session yet begins one here
        caller = self._caller(request, key)
        if caller.role is Role.READ and not reads:
            raise ReadOnlyKey
        return caller

    def begin_session(self, request: Request, key: str) -> str:
        """Give the value of the session cookie."""
        if self.is_open:
            raise NoKeysSet
        # JSON may hold lone surrogates, which are no key of ours but no crash either.
        owner = self._owner(request, key.encode(errors="surrogatepass"))
        return self._sessions.begin(owner, self._clock.now_ms())

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
        owner = self._sessions.owner_of(cookie, self._clock.now_ms())
        if owner is None:
            raise KeyRequired
        return owner.caller

    def _owner(self, request: Request, key: bytes) -> ApiKey:
        now = self._clock.monotonic()
        address = request.client.host if request.client else ""
        seconds = self._failures.wait_seconds(address, now)
        if seconds:
            # Right ones too: else guessing would go on, and be told when it was right.
            raise TooManyWrongKeys(seconds)
        owner = self._keyring.owner_of(key)
        if owner is None:
            self._failures.note(address, now)
            raise KeyUnknown
        return owner


def _sent_key(request: Request) -> bytes | None:
    """Give the key of the headers, as it was sent: it need not be ASCII."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")
    return key.encode("latin-1") if key is not None else None
