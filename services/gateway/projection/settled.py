"""Packs syncs of single records that are over, in about ninety bytes each; no report changes.

Nearly all of them differ only in ids and times, so everything else is stored once, as a profile.
The database is in memory: a gateway reads the topics at every start anyway.
"""

import sqlite3
import weakref
from collections.abc import Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Any, get_args

import msgspec
from msgspec.structs import astuple, replace

from libs.common.contracts.commands import Command
from libs.common.contracts.events import Event, RecordsLoaded, SyncFetched, SyncFinished
from libs.common.contracts.resources import Resource
from services.gateway.projection.sync_state import Fact, SyncState

_SCHEMA = """
    CREATE TABLE profiles (
        profile INTEGER PRIMARY KEY, digest BLOB UNIQUE, messages BLOB, resource TEXT, status TEXT
    );
    CREATE TABLE settled (position INTEGER PRIMARY KEY, id BLOB, profile INTEGER, varying BLOB);
    CREATE INDEX settled_id ON settled (substr(id, -5));
"""
# An index on the end of the id is as selective as one on the whole id, and smaller.
_HAS_ID = "substr(id, -5) = substr(?1, -5) AND id = ?1"
_FIND = f"SELECT * FROM settled JOIN profiles USING (profile) WHERE {_HAS_ID}"  # noqa: S608 — a constant
_TAKE = f"DELETE FROM settled WHERE {_HAS_ID}"  # noqa: S608 — a constant
_ADD_PROFILE = """
    INSERT OR IGNORE INTO profiles (digest, messages, resource, status) VALUES (?, ?, ?, ?)
"""
_PROFILE = "SELECT profile FROM profiles WHERE digest = ?"
_NEWEST = """
    SELECT * FROM settled JOIN profiles USING (profile)
    WHERE position < ? AND resource LIKE ? AND status LIKE ? ORDER BY position DESC
"""
# ``position`` is the time multiplied by this: as many syncs may have the same millisecond.
_SLOTS = 4096
_LAST_POSITION = "SELECT max(position) FROM settled WHERE position BETWEEN ? AND ?"
_TIMES = frozenset({"issued_at", "expires_at", "at", "started_at"})
# Not needed once the sync is over.
_DROPPED: dict[str, Any] = {"sync_id": "", "command_id": "", "records": (), "end_offsets": {}}
_OWN_FIELDS = _TIMES | _DROPPED.keys() | {"fingerprint", "hemis_ids"}
_KINDS: dict[str, type[Fact]] = {kind.__name__: kind for kind in get_args(Command | Event)}
_VARYING: dict[type, tuple[tuple[int, str], ...]] = {
    kind: tuple(
        (index, name) for index, name in enumerate(kind.__struct_fields__) if name in _OWN_FIELDS
    )
    for kind in _KINDS.values()
}
_MOST_CACHED_PROFILES = 1_000
_UUID_LENGTH = 36
_pack = msgspec.msgpack.Encoder().encode


class Settled:
    """The packed syncs; each is returned as a new ``SyncState`` with the same content."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        # Python 3.13 warns of a connection that is not closed.
        weakref.finalize(self, self._database.close)
        self._database.executescript(_SCHEMA)
        self._profile_cache: dict[bytes, int] = {}
        """Profile numbers by messages: nearly all syncs share a few profiles."""

    def add(self, sync: SyncState, status: str) -> None:
        """Pack a sync with its final status."""
        position = self._free_position(sync.listed_at)
        messages, varying = _packed(sync, position // _SLOTS)
        profile = self._profile(messages, sync.resource, status)
        row = (position, _short(sync.sync_id), profile, _pack(varying))
        self._database.execute("INSERT INTO settled VALUES (?, ?, ?, ?)", row)

    def _free_position(self, at: int) -> int:
        first = at * _SLOTS
        (last,) = self._database.execute(_LAST_POSITION, (first, first + _SLOTS - 1)).fetchone()
        if last is None:
            return first
        is_full = last == first + _SLOTS - 1
        return self._free_position(at + 1) if is_full else int(last) + 1

    def find(self, sync_id: str) -> SyncState | None:
        row = self._database.execute(_FIND, (_short(sync_id),)).fetchone()
        return _unpacked(row) if row is not None else None

    def take(self, sync_id: str) -> SyncState | None:
        """Return a sync and remove it."""
        sync = self.find(sync_id)
        if sync is not None:
            self._database.execute(_TAKE, (_short(sync_id),))
        return sync

    def newest_first(
        self, before: tuple[int, str] | None, resource: Resource | None, status: str | None
    ) -> Iterator[SyncState]:
        """Yield syncs listed before a time and id; None accepts all."""
        end = (before[0] + 1) * _SLOTS if before is not None else 2**63 - 1
        rows = self._database.execute(_NEWEST, (end, resource or "%", status or "%"))
        for at, of_one_time in groupby(map(_unpacked, rows), key=lambda sync: sync.listed_at):
            for sync in sorted(of_one_time, key=lambda one: one.sync_id, reverse=True):
                if before is None or (at, sync.sync_id) < before:
                    yield sync

    def forget(self, before: int) -> None:
        """Drop syncs that were requested before."""
        self._database.execute("DELETE FROM settled WHERE position < ?", (before * _SLOTS,))
        self._database.execute(
            "DELETE FROM profiles WHERE profile NOT IN (SELECT profile FROM settled)"
        )
        self._profile_cache.clear()

    def _profile(self, messages: bytes, resource: Resource, status: str) -> int:
        if messages not in self._profile_cache:
            if len(self._profile_cache) == _MOST_CACHED_PROFILES:
                self._profile_cache.clear()
            self._profile_cache[messages] = self._stored_profile(messages, resource, status)
        return self._profile_cache[messages]

    def _stored_profile(self, messages: bytes, resource: Resource, status: str) -> int:
        digest = blake2b(messages, digest_size=16).digest()
        self._database.execute(_ADD_PROFILE, (digest, messages, resource.value, str(status)))
        row = self._database.execute(_PROFILE, (digest,)).fetchone()
        return int(row[0])


def _short(sync_id: str) -> bytes | str:
    """Return a UUID as its bytes, any other id as it is."""
    if len(sync_id) != _UUID_LENGTH:
        return sync_id
    try:
        short = bytes.fromhex(sync_id.replace("-", ""))
    except ValueError:
        return sync_id
    return short if _long(short) == sync_id else sync_id


def _long(short: bytes | str) -> str:
    if isinstance(short, str):
        return short
    digits = short.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _packed(sync: SyncState, base: int) -> tuple[bytes, list[Any]]:
    """Split messages into what many syncs share and what differs; times are minus ``base``."""
    first_offset = sync.first_offset or 0
    varying: list[Any] = [sync.first_offset, sync.last_offset - first_offset]
    common = []
    for message in _needed(sync):
        fields = list(astuple(message))
        for index, name in _VARYING[type(message)]:
            value, fields[index] = fields[index], None
            if name not in _DROPPED:
                varying.append(value - base if name in _TIMES else value)
        common.append((type(message).__name__, fields))
    return _pack(common), varying


def _needed(sync: SyncState) -> Iterator[Fact]:
    """Yield the messages of a sync, without those that its report replaces."""
    is_reported = sync.facts.get(SyncFinished) is not None
    for message in sync.messages():
        match message:
            case RecordsLoaded() if is_reported:
                continue
            case SyncFetched() if is_reported:
                yield replace(message, hemis_ids=())
            case _:
                yield message


def _unpacked(row: tuple[Any, ...]) -> SyncState:
    position, short, _, varying, _, messages, resource, _ = row
    at = position // _SLOTS
    first_offset, span, *values = msgspec.msgpack.decode(varying)
    own_values = iter(values)
    sync = SyncState(_long(short), Resource(resource))
    for name, fields in msgspec.msgpack.decode(messages):
        message = _restored(_KINDS[name], fields, sync.sync_id, at, own_values)
        sync.fold(message, first_offset or 0)
    sync.first_offset, sync.last_offset = first_offset, span + (first_offset or 0)
    return sync


def _restored(
    kind: type[Fact], fields: list[Any], sync_id: str, base: int, own_values: Iterator[Any]
) -> Fact:
    for index, name in _VARYING[kind]:
        fields[index] = _DROPPED[name] if name in _DROPPED else next(own_values)
        if name in _TIMES:
            fields[index] += base
    named = dict(zip(kind.__struct_fields__, fields, strict=True))
    return msgspec.convert(named | {"sync_id": sync_id}, kind)
