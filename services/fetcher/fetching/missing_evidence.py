"""What an answer of HEMIS proves of the keys that a sync did not see. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.contracts.commands import MissingRecord
from libs.common.contracts.records import KEY_FIELDS, record_key, usable_id
from libs.common.contracts.resources import Resource
from services.fetcher.hemis.page import Page
from services.fetcher.publishing.messages import fields_of


@dataclass(frozen=True, slots=True)
class WantedPerson:
    """One person of a command: all keys that are asked for, and the number to search by."""

    hemis_id: int
    id_number: str
    records: tuple[MissingRecord, ...]

    @property
    def can_be_searched(self) -> bool:
        return self.id_number not in {"", "0"}


@dataclass(frozen=True, slots=True)
class MissingVerdict:
    """What is to be said of one person's keys, and the person's items to publish before."""

    items: tuple[bytes, ...] = ()
    present: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    tombstones: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


def people_of(records: Iterable[MissingRecord]) -> list[WantedPerson]:
    """Gather a command's keys by person, so that each is searched once."""
    found: dict[tuple[int, str], list[MissingRecord]] = {}
    for record in records:
        hemis_id = usable_id(record.key.partition(":")[0])
        if hemis_id is not None:
            found.setdefault((hemis_id, record.id_number.strip()), []).append(record)
    return [WantedPerson(*person, tuple(asked)) for person, asked in found.items()]


def undecided(wanted: WantedPerson) -> MissingVerdict:
    return MissingVerdict(undecided=tuple(record.key for record in wanted.records))


def erased(wanted: WantedPerson) -> MissingVerdict:
    """Say of a person who was erased that nothing is there, whatever HEMIS lists."""
    keys = tuple(record.key for record in wanted.records)
    return MissingVerdict(gone=keys, tombstones=keys)


def judge(resource: Resource, wanted: WantedPerson, page: Page) -> MissingVerdict:
    """Judge by the answer to a search for the person's number.

    A position that is missing although the person is there is closed, whatever was asked: only of
    a person who is gone it is the asker's business what becomes of the rows.
    """
    fields = [(item, fields_of(item, KEY_FIELDS)) for item in page.items]
    theirs = [(item, of) for item, of in fields if usable_id(of.get("id")) == wanted.hemis_id]
    items = tuple(item for item, _ in theirs)
    there = {record_key(resource, wanted.hemis_id, of) for _, of in theirs}
    present = tuple(record.key for record in wanted.records if record.key in there)
    others = [record for record in wanted.records if record.key not in there]
    if not _is_definite(page) or any(usable_id(of.get("id")) is None for _, of in fields):
        return MissingVerdict(items, present, undecided=tuple(record.key for record in others))
    return MissingVerdict(
        items,
        present,
        gone=tuple(record.key for record in others),
        tombstones=tuple(record.key for record in others if record.tombstone or theirs),
    )


def _is_definite(page: Page) -> bool:
    """HEMIS says ``success: true``, and every item that it counts stands in this one answer."""
    return page.is_vouched_for and page.page_count <= 1 and len(page.items) == page.total
