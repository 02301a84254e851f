"""The open dead letters, folded from their topic. Pure: no I/O, no clock."""

from collections.abc import Iterator, Mapping
from sys import intern

import msgspec

from libs.common.contracts.codec import MalformedMessage, Milliseconds
from libs.common.contracts.records import split_key, usable_id
from libs.common.contracts.resources import Resource

MOST_DEAD_LETTERS = 100_000
_MOST_CHARACTERS = 500

Person = tuple[Resource, int]


class IndexedDeadLetter(msgspec.Struct, frozen=True, gc=False):
    """A dead letter without its value, which stays in the topic."""

    dead_letter_id: str
    resource: Resource
    key: str | None
    code: str
    reason: str
    sync_id: str
    buried_at: int
    offset: int
    """In the dead-letter topic."""
    size: int
    """Bytes of the value."""

    @property
    def person(self) -> Person | None:
        """The person whom HEMIS can be asked for again; None without a usable id."""
        hemis_id = usable_id(split_key(self.key or "")[0])
        return (self.resource, hemis_id) if hemis_id is not None else None


def indexed(
    dead_letter_id: str, headers: Mapping[str, bytes], offset: int, size: int
) -> IndexedDeadLetter:
    """Read the headers of a dead letter.

    Raises:
        MalformedMessage: the headers have no resource or no time.
    """
    texts = {name: raw.decode(errors="replace")[:_MOST_CHARACTERS] for name, raw in headers.items()}
    try:
        resource = Resource(texts["resource"])
        buried_at = msgspec.convert(texts["buried_at"], Milliseconds, strict=False)
    except (KeyError, ValueError, msgspec.ValidationError):
        raise MalformedMessage("a dead letter without resource or time") from None
    return IndexedDeadLetter(
        dead_letter_id=dead_letter_id,
        resource=resource,
        key=texts.get("original_key") or None,
        # Interned, since thousands of dead letters share these texts.
        code=intern(texts.get("code", "")),
        reason=intern(texts.get("reason", "")),
        sync_id=intern(texts.get("sync_id", "")),
        buried_at=buried_at,
        offset=offset,
        size=size,
    )


class DeadLetterIndex:
    """The newest ``MOST_DEAD_LETTERS`` by id; ``caught_up`` is set once the topic was read."""

    def __init__(self, most: int = MOST_DEAD_LETTERS) -> None:
        self.caught_up = False
        self._most = most
        self._dead_letters: dict[str, IndexedDeadLetter] = {}

    def __iter__(self) -> Iterator[IndexedDeadLetter]:
        """Yield the newest first."""
        return reversed(self._dead_letters.values())

    def find(self, dead_letter_id: str) -> IndexedDeadLetter | None:
        return self._dead_letters.get(dead_letter_id)

    def add(self, dead_letter: IndexedDeadLetter) -> None:
        """Add a dead letter; of one that was published twice the later offset counts."""
        self._dead_letters.pop(dead_letter.dead_letter_id, None)
        self._dead_letters[dead_letter.dead_letter_id] = dead_letter
        if len(self._dead_letters) > self._most:
            del self._dead_letters[next(iter(self._dead_letters))]

    def remove(self, dead_letter_id: str) -> None:
        self._dead_letters.pop(dead_letter_id, None)

    def forget(self, before: int) -> None:
        """Drop dead letters that the topic no longer keeps."""
        self._dead_letters = {
            name: one for name, one in self._dead_letters.items() if one.buried_at >= before
        }
