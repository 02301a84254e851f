"""Two records of the source under one key, as opposed to one record that is seen again. Pure.

One answer shows no record twice, so two that differ in it are two. Over several pages a record may
have moved, and been changed on the way. But it does not change back: of a key whose contents are
seen in turns, A, B, A and B again, there are two.
"""

from libs.common.contracts.checkpoints import mark_of
from services.fetcher.marks import Marks


class DuplicateKeys:
    """Remembers the contents of those keys that a sync meets again."""

    def __init__(self, seen: Marks | None = None) -> None:
        """Take the marks that the sync has seen, of keys and of dead letters; they may grow."""
        self._seen = Marks() if seen is None else seen
        self._newest: dict[int, int] = {}
        self._before: dict[int, set[int]] = {}

    def clear(self) -> None:
        self._newest.clear()
        self._before.clear()

    def is_duplicate(self, key: str, content: str, dead_letter_id: str) -> bool:
        """Tell whether this is another record than the one that was published under its key."""
        mark, version = mark_of(key), mark_of(content)
        if mark not in self._seen:
            return False
        if mark_of(dead_letter_id) in self._seen:
            return True
        newest = self._newest.get(mark, version)
        before = self._before.get(mark, set())
        if version != newest:
            if version in before:
                return True
            self._before[mark] = {*before, newest}
        self._newest[mark] = version
        return False
