"""Messages of every kind, each with one value that nobody would store: what JSON can hold."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from libs.contract.samples import sample_lines

Message = dict[str, Any]

_NUMBERS = (-1, 2**32 - 1, 2**53 + 1, -(2**63), 10**30)
_TEXTS = ("\0", "\ud800", "9" * 5_000)


def samples(kind: str) -> list[Message]:
    """Return a message of this kind with everything, and one with no more than it must have."""
    lines = map(json.loads, sample_lines().splitlines())
    return [line["value"] for line in lines if line["kind"] == kind]


def poisonous(kinds: object) -> Iterator[Message]:
    """Yield each message of these kinds once for each of its values, and each thing amiss."""
    for kind in get_args(kinds):
        for message in samples(kind.__name__):
            for name in sorted(message.keys() - {"type"}):
                yield from _spoilt(message, name)


def _spoilt(message: Message, name: str) -> Iterator[Message]:
    for value in _instead_of(message[name]):
        yield message | {name: value}


def _instead_of(value: object) -> Iterator[object]:
    match value:
        case bool() | float() | None | []:
            pass
        case int():
            yield from _NUMBERS
        case str():
            yield from _TEXTS
        case [first]:
            yield from ([inner] for inner in _instead_of(first))
        case dict():
            yield from ({name: inner} for name in ("0", "99", *_TEXTS) for inner in _NUMBERS)
        case _:
            raise AssertionError(f"a sample with {value!r}")


def raw(message: Message) -> bytes:
    """Write it as any program could: a lone surrogate as its escape."""
    return json.dumps(message).encode()
