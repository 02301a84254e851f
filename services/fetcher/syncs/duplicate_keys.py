"""Tells two records with one key from one record that is seen again. Pure.

On one page different contents under one key are two records. On two pages they may be one record,
moved and changed between the requests. But such a record does not change back: a key whose contents
alternate (A, B, A, B) has two records.
"""

from libs.common.contracts.checkpoints import record_number
from services.fetcher.syncs.id_set import IdSet


class DuplicateKeys:
    """Remembers the contents of the keys that a sync sees more than once."""

    def __init__(self, seen: IdSet | None = None) -> None:
        """``seen`` has the numbers of the sync's keys and dead letters; the caller adds to it."""
        self._seen = IdSet() if seen is None else seen
        self._newest: dict[int, int] = {}
        self._before: dict[int, set[int]] = {}

    def clear(self) -> None:
        self._newest.clear()
        self._before.clear()

    def is_duplicate(self, key: str, content: str, dead_letter_id: str) -> bool:
        """Tell whether this is not the record that was published under its key."""
        number, version = record_number(key), record_number(content)
        if number not in self._seen:
            return False
        if record_number(dead_letter_id) in self._seen:
            return True
        newest = self._newest.get(number, version)
        before = self._before.get(number, set())
        if version != newest:
            if version in before:
                return True
            self._before[number] = {*before, newest}
        self._newest[number] = version
        return False
