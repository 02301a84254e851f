"""API keys: their names, roles and hashes; the key itself is not kept."""

import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

SHORT_KEY = 16
"""A shorter key is accepted, with a warning: it can be guessed."""

_FORMAT = "must be a comma list of name:key or name:key:read"
_NAME = re.compile(r"[\w.@-]{1,64}")
_KEY = re.compile(r"[^\s:,]{1,512}")


class Role(StrEnum):
    OPERATE = "operate"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request; ``name`` is the key's name, None while no keys are set."""

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
    """All API keys; an empty keyring allows every request."""

    def __init__(self, keys: tuple[ApiKey, ...] = ()) -> None:
        self._keys = keys

    def __iter__(self) -> Iterator[ApiKey]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def named(self, name: str) -> ApiKey | None:
        return next((one for one in self._keys if one.name == name), None)

    def owner_of(self, key: bytes) -> ApiKey | None:
        digest = sha256(key).digest()
        # Compares with every key, so that the duration does not depend on the match.
        matching = [one for one in self._keys if hmac.compare_digest(one.digest, digest)]
        return matching[0] if matching else None


def parsed_keys(text: str) -> Keyring:
    """Parse ``GATEWAY_API_KEYS``; blank means no keys.

    Raises:
        ValueError: an entry is invalid; the message never repeats a possible key.
    """
    entries = text.split(",") if text.strip() else []
    keys = [_parsed_key(entry.strip(), number) for number, entry in enumerate(entries, 1)]
    _require_unique(keys, lambda key: key.name, "two keys have the same name")
    _require_unique(keys, lambda key: key.digest, "two names have the same key")
    return Keyring(tuple(keys))


def _parsed_key(entry: str, number: int) -> ApiKey:
    name, *rest = entry.split(":")
    if len(rest) not in (1, 2) or not _NAME.fullmatch(name):
        raise ValueError(f"{_FORMAT}: entry {number} is not")
    key, *role = rest
    if not _KEY.fullmatch(key):
        raise ValueError(f"the key of {name} is empty, over 512 characters, or has a space in it")
    if role not in ([], [Role.READ]):
        raise ValueError(f"{_FORMAT}: what follows the key of {name} is not read")
    granted = Role.READ if role else Role.OPERATE
    return ApiKey(name, granted, sha256(key.encode()).digest(), len(key) < SHORT_KEY)


def _require_unique(
    keys: list[ApiKey], attribute: Callable[[ApiKey], object], problem: str
) -> None:
    counted = Counter(map(attribute, keys))
    duplicates = [key.name for key in keys if counted[attribute(key)] > 1]
    if duplicates:
        raise ValueError(f"{problem}: {', '.join(duplicates)}")
