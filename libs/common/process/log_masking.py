"""The last line of defence of the logs: what is known to be a secret is masked, whoever logs it.

Secrets are typed ``SecretStr`` and are not logged in the first place; this is for the library that
quotes an address, and for the mistake of tomorrow.
"""

import json
import logging
import re
from collections.abc import Collection, Iterator

from pydantic import BaseModel, SecretStr
from typing_extensions import override

MASK = "**********"

# Shorter ones would mask words; nobody is kept out by them either.
_SHORTEST = 4
_SHAPES = re.compile(
    r"(?P<scheme>\b[Bb]earer\s+)[^\s\"',;]+"  # a header, of whatever token
    r"|(?P<user>://[^:/@\s]*:)[^@/\s]+(?=@)"  # a password in an address
)


def secrets_of(settings: BaseModel) -> list[str]:
    """Give the values of all settings that are typed as secrets, in parts where they are lists."""
    values = (value for _, value in settings if isinstance(value, SecretStr))
    return [part for value in values for part in _parts(value.get_secret_value())]


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret, and the keys in a list of ``name:key:role``."""
    yield secret
    for entry in secret.split(",") if ":" in secret else ():
        yield from entry.split(":")[1:2]


class MaskingFormatter(logging.Formatter):
    """Masks secrets in what another formatter wrote."""

    def __init__(self, lines: logging.Formatter, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._lines = lines
        known = {secret.strip() for secret in secrets}
        # In a line of JSON a secret is written with JSON's escapes.
        forms = known | {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in known}
        longest_first = sorted((form for form in forms if len(form) >= _SHORTEST), key=len)[::-1]
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @override
    def format(self, record: logging.LogRecord) -> str:
        return _SHAPES.sub(_masked, self._known.sub(MASK, self._lines.format(record)))


def _masked(found: re.Match[str]) -> str:
    return f"{found['scheme'] or found['user']}{MASK}"
