"""Masks secrets in log lines.

Secrets are typed ``SecretStr``, so our own code does not log them. Masking protects against
libraries that quote an address, and against future mistakes.
"""

import json
import logging
import re
from collections.abc import Collection, Iterator

from pydantic import BaseModel, SecretStr
from typing_extensions import override

MASK = "**********"

# A shorter secret would mask ordinary words, and protects nothing.
_SHORTEST = 4
_SHAPES = re.compile(
    r"(?P<scheme>\b[Bb]earer\s+)[^\s\"',;]+"  # a header with any token
    r"|(?P<user>://[^:/@\s]*:)[^@/\s]+(?=@)"  # a password in an address
)


def secrets_of(settings: BaseModel) -> list[str]:
    """Return the values of all secret settings; a list of keys is split into its keys."""
    values = (value for _, value in settings if isinstance(value, SecretStr))
    return [part for value in values for part in _parts(value.get_secret_value())]


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret, and the keys in a list of ``name:key:role``."""
    yield secret
    for entry in secret.split(",") if ":" in secret else ():
        yield from entry.split(":")[1:2]


class MaskingFormatter(logging.Formatter):
    """Masks secrets in the lines of another formatter."""

    def __init__(self, lines: logging.Formatter, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._lines = lines
        known = {secret.strip() for secret in secrets}
        # A line of JSON has the secret with JSON's escapes.
        forms = known | {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in known}
        longest_first = sorted((form for form in forms if len(form) >= _SHORTEST), key=len)[::-1]
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @override
    def format(self, record: logging.LogRecord) -> str:
        return _SHAPES.sub(_masked, self._known.sub(MASK, self._lines.format(record)))


def _masked(found: re.Match[str]) -> str:
    return f"{found['scheme'] or found['user']}{MASK}"
