"""The dead letters that nobody has dealt with, folded from their topic. Pure: no I/O, no clock."""

from collections.abc import Iterator, Mapping
from sys import intern

import msgspec

from libs.common.contracts.bounds import Milliseconds
from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.records import usable_id
from libs.common.contracts.resources import Resource

MOST_LETTERS = 100_000
_LONGEST_TEXT = 500

Person = tuple[Resource, int]


class IndexedDeadLetter(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a dead letter: all but its value, which stays in the topic."""

    letter_id: str
    resource: Resource
    key: str | None
    code: str
    reason: str
    sync_id: str
    buried_at: int
    place: int
    """Offset in the topic."""
    size: int

    @property
    def person(self) -> Person | None:
        """Whom HEMIS can be asked for again; None without a usable id."""
        hemis_id = usable_id((self.key or "").partition(":")[0])
        return (self.resource, hemis_id) if hemis_id is not None else None


def read_letter(
    letter_id: str, headers: Mapping[str, bytes], place: int, size: int
) -> IndexedDeadLetter:
    """Read a dead letter's headers.

    Raises:
        MalformedMessage: without resource or time it is none of ours.
    """
    texts = {name: raw.decode(errors="replace")[:_LONGEST_TEXT] for name, raw in headers.items()}
    try:
        resource = Resource(texts["resource"])
        buried_at = msgspec.convert(texts["buried_at"], Milliseconds, strict=False)
    except (KeyError, ValueError, msgspec.ValidationError):
        raise MalformedMessage("a dead letter without resource or time") from None
    return IndexedDeadLetter(
        letter_id=letter_id,
        resource=resource,
        key=texts.get("original_key") or None,
        # Thousands share these: a flood of one kind costs their text once.
        code=intern(texts.get("code", "")),
        reason=intern(texts.get("reason", "")),
        sync_id=intern(texts.get("sync_id", "")),
        buried_at=buried_at,
        place=place,
        size=size,
    )


class DeadLetterIndex:
    """The newest ``MOST_LETTERS``, under their ids; ``caught_up`` once the topic was read."""

    def __init__(self, most: int = MOST_LETTERS) -> None:
        self.caught_up = False
        self._most = most
        self._letters: dict[str, IndexedDeadLetter] = {}

    def __iter__(self) -> Iterator[IndexedDeadLetter]:
        """Newest first."""
        return reversed(self._letters.values())

    def __len__(self) -> int:
        return len(self._letters)

    def find(self, letter_id: str) -> IndexedDeadLetter | None:
        return self._letters.get(letter_id)

    def bury(self, letter: IndexedDeadLetter) -> None:
        """Take one in; burying twice is burying once, at the later place."""
        self._letters.pop(letter.letter_id, None)
        self._letters[letter.letter_id] = letter
        if len(self._letters) > self._most:
            del self._letters[next(iter(self._letters))]

    def put_away(self, letter_id: str) -> None:
        """Drop one that is dealt with."""
        self._letters.pop(letter_id, None)

    def forget(self, before: int) -> None:
        """Drop what the topic has dropped."""
        self._letters = {
            name: letter for name, letter in self._letters.items() if letter.buried_at >= before
        }
