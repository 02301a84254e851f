"""Whom the fetcher must not fetch again: keyed hashes of ids, with who asked for it and when."""

import msgspec

PEOPLE_IN_A_CHUNK = 200


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """One person who was erased; the line that an audit asks for, without the person."""

    mark: str
    """HMAC-SHA256 of the ``hemis_id`` in decimal under the list's salt, in hex."""
    erasure_id: str
    at: int
    """Unix milliseconds."""
    requested_by: str | None = None
    """Name of the API key."""


class SuppressedPeople(msgspec.Struct, frozen=True, kw_only=True):
    """The erased people of one resource, or a chunk of them.

    The salt is drawn at the first erasure, and kept.
    """

    salt: str = ""
    people: tuple[Suppressed, ...] = ()


class SuppressedHead(msgspec.Struct, frozen=True, kw_only=True):
    """How many people the chunks hold together, written after them.

    An older fetcher, which knows no chunks, cannot read the number and exits: otherwise it would
    fetch erased people again.
    """

    salt: str = ""
    people: int | tuple[Suppressed, ...] = ()
    """Older fetchers wrote the people themselves."""
