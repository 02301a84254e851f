"""API keys: names, roles and hashes; a key itself is never kept."""

import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

SHORT_KEY = 16
"""A shorter key is accepted, with a warning: it can be guessed."""

_FORM = "must be a comma list of name:key or name:key:read"
_NAME = re.compile(r"[\w.@-]{1,64}")
_KEY = re.compile(r"[^\s:,]{1,512}")


class Role(StrEnum):
    OPERATE = "operate"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``name`` is the key's name: None while no keys are set."""

    name: str | None
    role: Role


ANYBODY = Caller(None, Role.OPERATE)


@dataclass(frozen=True, slots=True)
class ApiKey:
    name: str
    role: Role
    digest: bytes = field(repr=False)
    is_short: bool = False

    @property
    def caller(self) -> Caller:
        return Caller(self.name, self.role)


class Keyring:
    """All keys; an empty one lets everybody in."""

    def __init__(self, keys: tuple[ApiKey, ...] = ()) -> None:
        self._keys = keys

    def __iter__(self) -> Iterator[ApiKey]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def named(self, name: str) -> ApiKey | None:
        return next((one for one in self._keys if one.name == name), None)

    def owner_of(self, key: bytes) -> ApiKey | None:
        asked = digest_of(key)
        # All are compared, whichever fits: the time it takes tells nothing of any.
        fitting = [one for one in self._keys if hmac.compare_digest(one.digest, asked)]
        return fitting[0] if fitting else None


def digest_of(key: bytes) -> bytes:
    return sha256(key).digest()


def parsed_keys(text: str) -> Keyring:
    """Read ``GATEWAY_API_KEYS``; blank is no keys.

    Raises:
        ValueError: what is wrong, with names and places; no part that may be a key is repeated.
    """
    entries = text.split(",") if text.strip() else []
    keys = [_parsed_key(entry.strip(), place) for place, entry in enumerate(entries, 1)]
    _require_unique(keys, lambda key: key.name, "two keys have the same name")
    _require_unique(keys, lambda key: key.digest, "two names have the same key")
    return Keyring(tuple(keys))


def _parsed_key(entry: str, place: int) -> ApiKey:
    name, *rest = entry.split(":")
    if len(rest) not in (1, 2) or not _NAME.fullmatch(name):
        raise ValueError(f"{_FORM}: entry {place} is not")
    key, *role = rest
    if not _KEY.fullmatch(key):
        raise ValueError(f"the key of {name} is empty, over 512 characters, or has a space in it")
    if role not in ([], [Role.READ]):
        raise ValueError(f"{_FORM}: what follows the key of {name} is not read")
    granted = Role.READ if role else Role.OPERATE
    return ApiKey(name, granted, digest_of(key.encode()), len(key) < SHORT_KEY)


def _require_unique(keys: list[ApiKey], part: Callable[[ApiKey], object], wrong: str) -> None:
    counted = Counter(map(part, keys))
    twice = [key.name for key in keys if counted[part(key)] > 1]
    if twice:
        raise ValueError(f"{wrong}: {', '.join(twice)}")
