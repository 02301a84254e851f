"""Packs syncs of single records that are over, in some ninety bytes each; reports stay the same.

Nearly all of them differ in ids and times only, so the rest is stored once, as a profile. The
database is in memory: a gateway that starts reads the topics anyway.
"""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Any, get_args

import msgspec
from msgspec.structs import astuple, replace

from libs.common.contracts.commands import Command
from libs.common.contracts.events import Event, RecordsLoaded, SyncFetched, SyncFinished
from libs.common.contracts.resources import Resource
from services.gateway.projection.facts import Fact
from services.gateway.projection.history import Place, place_of
from services.gateway.projection.status import Status
from services.gateway.projection.sync_state import SyncState

_SCHEMA = """
    CREATE TABLE profiles (
        profile INTEGER PRIMARY KEY, digest BLOB UNIQUE, messages BLOB, resource TEXT, status TEXT
    );
    CREATE TABLE settled (place INTEGER PRIMARY KEY, id BLOB, profile INTEGER, varying BLOB);
    CREATE INDEX settled_id ON settled (substr(id, -5));
"""
# An index on the end of the id finds it as well as one on the whole, in less memory.
_IS_IT = "substr(id, -5) = substr(?1, -5) AND id = ?1"
_FIND = f"SELECT * FROM settled JOIN profiles USING (profile) WHERE {_IS_IT}"  # noqa: S608 — a constant
_TAKE = f"DELETE FROM settled WHERE {_IS_IT}"  # noqa: S608 — a constant
_ADD_PROFILE = """
    INSERT OR IGNORE INTO profiles (digest, messages, resource, status) VALUES (?, ?, ?, ?)
"""
_PROFILE = "SELECT profile FROM profiles WHERE digest = ?"
_NEWEST = """
    SELECT * FROM settled JOIN profiles USING (profile)
    WHERE place < ? AND resource LIKE ? AND status LIKE ? ORDER BY place DESC
"""
# ``place`` is the time multiplied by this: so many may have the same millisecond.
_AT_ONCE = 4096
_LAST_OF = "SELECT max(place) FROM settled WHERE place BETWEEN ? AND ?"
_TIMES = frozenset({"issued_at", "expires_at", "at", "started_at"})
# Nobody asks for these once the sync is over.
_DROPPED: dict[str, Any] = {"sync_id": "", "command_id": "", "records": (), "end_offsets": {}}
_ALONE = _TIMES | _DROPPED.keys() | {"fingerprint", "hemis_ids"}
_KINDS: dict[str, type[Fact]] = {kind.__name__: kind for kind in get_args(Command | Event)}
_VARYING: dict[type, tuple[tuple[int, str], ...]] = {
    kind: tuple(
        (index, name) for index, name in enumerate(kind.__struct_fields__) if name in _ALONE
    )
    for kind in _KINDS.values()
}
_MOST_PROFILES_AT_HAND = 1_000
_UUID_LENGTH = 36
_pack = msgspec.msgpack.Encoder().encode


class Settled:
    """The packed syncs. Each comes back as a new ``SyncState`` with the same content."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        # Python 3.13 warns of a connection that is not closed.
        weakref.finalize(self, self._database.close)
        self._database.executescript(_SCHEMA)
        self._at_hand: dict[bytes, int] = {}
        """A cache of profile numbers: nearly all syncs have one of a few."""

    def keep(self, syncs: Iterable[tuple[SyncState, Status]]) -> None:
        """Pack syncs, each with its final status."""
        for sync, status in syncs:
            place = self._free_place(place_of(sync)[0])
            messages, varying = _packed(sync, place // _AT_ONCE)
            profile = self._profile(messages, sync.resource, status)
            row = (place, _short(sync.sync_id), profile, _pack(varying))
            self._database.execute("INSERT INTO settled VALUES (?, ?, ?, ?)", row)

    def _free_place(self, at: int) -> int:
        first = at * _AT_ONCE
        (last,) = self._database.execute(_LAST_OF, (first, first + _AT_ONCE - 1)).fetchone()
        if last is None:
            return first
        is_full = last == first + _AT_ONCE - 1
        return self._free_place(at + 1) if is_full else int(last) + 1

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
        self, before: Place | None, resource: Resource | None, status: Status | None
    ) -> Iterator[SyncState]:
        end = (before[0] + 1) * _AT_ONCE if before is not None else 2**63 - 1
        rows = self._database.execute(_NEWEST, (end, resource or "%", status or "%"))
        for _, of_one_time in groupby(map(_unpacked, rows), key=lambda sync: place_of(sync)[0]):
            for sync in sorted(of_one_time, key=place_of, reverse=True):
                if before is None or place_of(sync) < before:
                    yield sync

    def forget(self, before: int) -> None:
        """Drop what was asked for before."""
        self._database.execute("DELETE FROM settled WHERE place < ?", (before * _AT_ONCE,))
        self._database.execute(
            "DELETE FROM profiles WHERE profile NOT IN (SELECT profile FROM settled)"
        )
        self._at_hand.clear()

    def _profile(self, messages: bytes, resource: Resource, status: Status) -> int:
        if messages not in self._at_hand:
            if len(self._at_hand) == _MOST_PROFILES_AT_HAND:
                self._at_hand.clear()
            self._at_hand[messages] = self._stored_profile(messages, resource, status)
        return self._at_hand[messages]

    def _stored_profile(self, messages: bytes, resource: Resource, status: Status) -> int:
        digest = blake2b(messages, digest_size=16).digest()
        self._database.execute(_ADD_PROFILE, (digest, messages, resource.value, status.value))
        row = self._database.execute(_PROFILE, (digest,)).fetchone()
        return int(row[0])


def _short(sync_id: str) -> bytes | str:
    """Shorten a UUID to its bytes; any other id stays a text."""
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
    """Split messages into what many syncs share and what is this one's; times minus ``base``."""
    first_place = sync.first_place or 0
    varying: list[Any] = [sync.first_place, sync.last_place - first_place]
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
    """Leave out what a report outranks for good."""
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
    place, short, _, varying, _, messages, resource, _ = row
    at = place // _AT_ONCE
    first_place, span, *values = msgspec.msgpack.decode(varying)
    given = iter(values)
    sync = SyncState(_long(short), Resource(resource))
    for name, fields in msgspec.msgpack.decode(messages):
        sync.fold(_whole(_KINDS[name], fields, sync.sync_id, at, given), first_place or 0)
    sync.first_place, sync.last_place = first_place, span + (first_place or 0)
    return sync


def _whole(
    kind: type[Fact], fields: list[Any], sync_id: str, base: int, given: Iterator[Any]
) -> Fact:
    for index, name in _VARYING[kind]:
        fields[index] = _DROPPED[name] if name in _DROPPED else next(given)
        if name in _TIMES:
            fields[index] += base
    named = dict(zip(kind.__struct_fields__, fields, strict=True))
    return msgspec.convert(named | {"sync_id": sync_id}, kind)
