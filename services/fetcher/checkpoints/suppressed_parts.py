"""The list of erased people as messages: chunks, and a head with the count. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from libs.common.contracts.checkpoints import (
    PEOPLE_PER_CHUNK,
    Suppressed,
    SuppressedHead,
    SuppressedPeople,
)
from libs.common.contracts.codec import MalformedMessage, decode_as, encode
from libs.common.contracts.resources import Resource
from libs.common.errors import FatalError

NAME = "suppressed"


class SuppressedUnreadable(FatalError):
    """Continuing to fetch would bring erased people back, so this is fatal."""

    def __init__(self, key: str) -> None:
        super().__init__(f"checkpoint {key}: the list of erased people is unreadable")


class _Part(NamedTuple):
    """A head or a chunk."""

    key: str
    epoch: int
    chunk: int
    content: SuppressedHead

    @property
    def people(self) -> tuple[Suppressed, ...]:
        people = self.content.people
        return () if isinstance(people, int) else people


def parts_of(
    listed: SuppressedPeople, before: SuppressedPeople | None
) -> Iterator[tuple[str, bytes]]:
    """Yield what changed since ``before``, each with the end of its key; the head last.

    People only join at the end of the list, so the chunks before the last one stay as they are.
    """
    people, first = listed.people, len(before.people) if before else 0
    if not people:
        return
    for number in range(first // PEOPLE_PER_CHUNK, -(-len(people) // PEOPLE_PER_CHUNK)):
        start = number * PEOPLE_PER_CHUNK
        chunk = people[start : start + PEOPLE_PER_CHUNK]
        yield f"{NAME}/{number}", encode(SuppressedPeople(salt=listed.salt, people=chunk))
    yield NAME, encode(SuppressedHead(salt=listed.salt, people=len(people)))


def suppressed_in(messages: Mapping[str, bytes], resource: Resource) -> SuppressedPeople:
    """Merge the list from all epochs in the topic.

    People are only added, so an unfinished epoch removes nobody from the list.

    Raises:
        SuppressedUnreadable: a part is unreadable, or there are fewer people than a head counts.
    """
    parts = sorted(_parts(messages, resource), key=lambda part: (part.epoch, part.chunk))
    # Another salt is from a fetcher that was frozen; its successor has repeated the erasures.
    salt = next((part.content.salt for part in reversed(parts) if part.content.salt), "")
    ours = [part for part in parts if part.content.salt == salt]
    people: dict[str, Suppressed] = {}
    for person in (person for part in ours for person in part.people):
        people.setdefault(person.mark, person)
    for part in ours:
        if isinstance(part.content.people, int) and part.content.people > len(people):
            raise SuppressedUnreadable(part.key)
    return SuppressedPeople(salt=salt, people=tuple(people.values()))


def _parts(messages: Mapping[str, bytes], resource: Resource) -> Iterator[_Part]:
    for key, value in messages.items():
        of, epoch, name, *chunk = (*key.split("/"), "", "")[:4]
        if of == resource and name == NAME and epoch.isdecimal():
            number = int(chunk[0]) if chunk[0].isdecimal() else -1
            yield _Part(key, int(epoch), number, _content(key, value))


def _content(key: str, value: bytes) -> SuppressedHead:
    try:
        return decode_as(SuppressedHead, value)
    except MalformedMessage:
        raise SuppressedUnreadable(key) from None
