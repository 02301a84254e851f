"""Two sample keys, and the owner of a key or of a session cookie."""

from services.gateway.security import sessions
from services.gateway.security.keys import Caller, parsed_keys

OPS, GUEST = "correct-horse-battery", "a-second-long-key"
KEYS = f"ops:{OPS}, guest:{GUEST}:read"
NOW = 1_700_000_000_000


def key_owner(key: bytes, keys: str = KEYS) -> Caller | None:
    found = parsed_keys(keys).owner_of(key)
    return found.caller if found is not None else None


def session_cookie(keys: str = KEYS, name: str = "ops") -> str:
    key = parsed_keys(keys).named(name)
    assert key is not None
    return sessions.session_cookie(key, NOW)


def session_owner(cookie: str, keys: str = KEYS, now: int = NOW) -> str | None:
    found = sessions.session_owner(parsed_keys(keys), cookie, now)
    return found.name if found is not None else None
