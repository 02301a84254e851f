"""Whom the fetcher must not fetch again: keyed hashes of ids, with who asked for it and when."""

import msgspec


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
    """The erased people of one resource. The salt is drawn at the first erasure, and kept."""

    salt: str = ""
    people: tuple[Suppressed, ...] = ()
