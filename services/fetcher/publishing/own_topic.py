"""What our own topic knows of a person: the fetcher may read what it wrote."""

from collections.abc import AsyncIterator, Iterable

from libs.common.contracts.records import usable_id
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Broker, Partition, Record
from libs.common.kafka.producer import partition_of
from services.fetcher.publishing.messages import fields_of


async def number_of(
    broker: Broker, topics: Topics, resource: Resource, hemis_id: int
) -> str | None:
    """Return the id number in the newest record of this person; None where there is none.

    Raises:
        KafkaUnavailable: the partition could not be read to its end.
    """
    newest: bytes | None = None
    async for record in _records_of(broker, topics, resource, hemis_id):
        newest = record.value or newest
    return _number(newest, resource) if newest else None


async def keys_of(broker: Broker, topics: Topics, resource: Resource, hemis_id: int) -> set[str]:
    """Return all keys that this person ever had and the topic still knows; raises as above."""
    records = _records_of(broker, topics, resource, hemis_id)
    return {(record.key or b"").decode() async for record in records}


async def people_with(
    broker: Broker, topics: Topics, resource: Resource, id_number: str
) -> set[int]:
    """Return whose newest record, of any position, holds this id number; raises as above."""
    name = topics.records(resource)
    everywhere = [Partition(name, number) for number in range(topics.record_partitions)]
    found: set[bytes] = set()
    async for record in _read(broker, everywhere):
        value = record.value or b""
        # Nearly all are told apart without being read.
        if id_number.encode() in value and _text(value, resource.number_field) == id_number:
            found.add(record.key or b"")
        else:
            found.discard(record.key or b"")
    return {int(_person(key)) for key in found}


async def _records_of(
    broker: Broker, topics: Topics, resource: Resource, hemis_id: int
) -> AsyncIterator[Record]:
    chosen = partition_of(str(hemis_id), topics.record_partitions)
    person = str(hemis_id).encode()
    async for record in _read(broker, [Partition(topics.records(resource), chosen)]):
        if _person(record.key or b"") == person:
            yield record


async def _read(broker: Broker, partitions: Iterable[Partition]) -> AsyncIterator[Record]:
    async with broker.log_reader(dict.fromkeys(partitions)) as reader:
        async for records in read_to_end(reader):
            for record in records:
                yield record


def _person(key: bytes) -> bytes:
    return key.split(b":")[0]


def _number(item: bytes, resource: Resource) -> str | None:
    number = _text(item, resource.number_field)
    return number if usable_id(number) else None


def _text(item: bytes, name: str) -> str:
    return str(fields_of(item, [name]).get(name) or "")
