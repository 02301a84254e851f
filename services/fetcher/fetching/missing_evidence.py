"""What a search in HEMIS proves about keys that a sync did not see. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.contracts.commands import MissingRecord
from libs.common.contracts.records import KEY_FIELDS, record_key, split_key, usable_id
from libs.common.contracts.resources import Resource
from services.fetcher.hemis.page import Page
from services.fetcher.publishing.messages import fields_of


@dataclass(frozen=True, slots=True)
class WantedPerson:
    """One person of a command: the keys in question, and the id number to search by."""

    hemis_id: int
    id_number: str
    records: tuple[MissingRecord, ...]


@dataclass(frozen=True, slots=True)
class MissingVerdict:
    """The answer about one person's keys, and the items to publish before it."""

    items: tuple[bytes, ...] = ()
    present: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    tombstones: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


def people_of(records: Iterable[MissingRecord]) -> list[WantedPerson]:
    """Group a command's keys by person, so that each person is searched for once."""
    found: dict[tuple[int, str], list[MissingRecord]] = {}
    for record in records:
        hemis_id = usable_id(split_key(record.key)[0])
        if hemis_id is not None:
            found.setdefault((hemis_id, record.id_number.strip()), []).append(record)
    return [WantedPerson(*person, tuple(records)) for person, records in found.items()]


def undecided(wanted: WantedPerson) -> MissingVerdict:
    return MissingVerdict(undecided=tuple(record.key for record in wanted.records))


def erased(wanted: WantedPerson) -> MissingVerdict:
    """Declare all keys of an erased person gone, whatever HEMIS lists."""
    keys = tuple(record.key for record in wanted.records)
    return MissingVerdict(gone=keys, tombstones=keys)


def judge(resource: Resource, wanted: WantedPerson, page: Page) -> MissingVerdict:
    """Judge by the answer to a search for the person's id number.

    A missing position of a person who is listed always gets a tombstone. For a person who is gone,
    the command decides whether there are tombstones.
    """
    fields = [(item, fields_of(item, KEY_FIELDS)) for item in page.items]
    own = [(item, of) for item, of in fields if usable_id(of.get("id")) == wanted.hemis_id]
    items = tuple(item for item, _ in own)
    listed = {record_key(resource, wanted.hemis_id, of) for _, of in own}
    present = tuple(record.key for record in wanted.records if record.key in listed)
    others = [record for record in wanted.records if record.key not in listed]
    if not _is_definite(page) or any(usable_id(of.get("id")) is None for _, of in fields):
        return MissingVerdict(items, present, undecided=tuple(record.key for record in others))
    return MissingVerdict(
        items,
        present,
        gone=tuple(record.key for record in others),
        tombstones=tuple(record.key for record in others if record.tombstone or own),
    )


def _is_definite(page: Page) -> bool:
    """Tell whether HEMIS says ``success: true``, and all items that it counts are on this page."""
    return page.is_vouched_for and page.page_count <= 1 and len(page.items) == page.total
