"""Single records that are long over, packed: some ninety bytes each, and every report as it was.

Nearly all of them differ in ids and times only, so what they have in common is kept once. In
memory alone: a gateway that starts reads the topics anyway.
"""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, get_args

import msgspec
from msgspec.structs import astuple

from libs.common.contracts.commands import Command
from libs.common.contracts.events import Event
from libs.common.contracts.resources import Resource
from services.gateway.progress.facts import Fact
from services.gateway.progress.history import Place, place_of
from services.gateway.progress.status import Status
from services.gateway.progress.sync import SyncState

_SCHEMA = """
    CREATE TABLE profiles (
        profile INTEGER PRIMARY KEY, digest BLOB UNIQUE, messages BLOB, resource TEXT, status TEXT
    );
    CREATE TABLE settled (
        at INTEGER, id BLOB, profile INTEGER, varying BLOB, PRIMARY KEY (at, id)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX settled_id ON settled (id);
"""
_IS_THERE = "SELECT 1 FROM settled WHERE id = ?"
_FIND = "SELECT * FROM settled JOIN profiles USING (profile) WHERE id = ?"
_ADD_PROFILE = """
    INSERT OR IGNORE INTO profiles (digest, messages, resource, status) VALUES (?, ?, ?, ?)
"""
_PROFILE = "SELECT profile FROM profiles WHERE digest = ?"
_NEWEST = """
    SELECT * FROM settled JOIN profiles USING (profile)
    WHERE (at, id) < (?, ?) AND resource LIKE ? AND status LIKE ? ORDER BY at DESC, id DESC
"""
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
    """Gives each back as the state that it was; nobody else holds that state."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        # It is let go with the projection; Python 3.13 warns of one that is not closed.
        weakref.finalize(self, self._database.close)
        self._database.executescript(_SCHEMA)
        self._at_hand: dict[bytes, int] = {}
        """Profiles by their messages and status: nearly all have one of a few."""

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM settled").fetchone()
        return int(count)

    def keep(self, syncs: Iterable[tuple[SyncState, Status]]) -> None:
        """Take some in, each with the status that it ended with."""
        rows = [self._row(sync, status) for sync, status in syncs]
        self._database.executemany("INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?)", rows)

    def _row(self, sync: SyncState, status: Status) -> tuple[int, bytes | str, int, bytes]:
        at = place_of(sync)[0]
        messages, varying = _packed(sync, at)
        profile = self._profile(messages, sync.resource, status)
        return at, _short(sync.sync_id), profile, _pack(varying)

    def find(self, sync_id: str) -> SyncState | None:
        row = self._database.execute(_FIND, (_short(sync_id),)).fetchone()
        return _unpacked(row) if row is not None else None

    def take(self, sync_id: str) -> SyncState | None:
        """Give one back, and keep it no longer."""
        if self._database.execute(_IS_THERE, (_short(sync_id),)).fetchone() is None:
            return None
        sync = self.find(sync_id)
        if sync is not None:
            self._database.execute("DELETE FROM settled WHERE id = ?", (_short(sync_id),))
        return sync

    def newest_first(
        self, before: Place | None, resource: Resource | None, status: Status | None
    ) -> Iterator[SyncState]:
        at, sync_id = before if before is not None else (2**62, "")
        rows = self._database.execute(
            _NEWEST, (at, _short(sync_id), resource or "%", status or "%")
        )
        return map(_unpacked, rows)

    def forget(self, before: int) -> None:
        """Drop what was asked for before."""
        self._database.execute("DELETE FROM settled WHERE at < ?", (before,))
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
    """Write a UUID in its bytes, and what is none as it is."""
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
    """Part what many have in common from what one alone has; times count from ``base``."""
    varying: list[Any] = [sync.first_place, sync.last_place]
    common = []
    for message in sync.messages():
        fields = list(astuple(message))
        for index, name in _VARYING[type(message)]:
            value, fields[index] = fields[index], None
            if name not in _DROPPED:
                varying.append(value - base if name in _TIMES else value)
        common.append((type(message).__name__, fields))
    return _pack(common), varying


def _unpacked(row: tuple[Any, ...]) -> SyncState:
    at, short, _, varying, _, messages, resource, _ = row
    first_place, last_place, *values = msgspec.msgpack.decode(varying)
    given = iter(values)
    sync = SyncState(_long(short), Resource(resource))
    for name, fields in msgspec.msgpack.decode(messages):
        sync.fold(_whole(_KINDS[name], fields, sync.sync_id, at, given), first_place or 0)
    sync.first_place, sync.last_place = first_place, last_place
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
