"""What our own topic knows of a person: the fetcher may read what it wrote."""

from libs.common.contracts.records import usable_id
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Broker, Partition
from libs.common.kafka.producer import partition_of
from libs.common.kafka.reader import read_to_end
from services.fetcher.records import fields_of


async def number_of(
    broker: Broker, topics: Topics, resource: Resource, hemis_id: int
) -> str | None:
    """Return the id number in the newest record of this person; None where there is none.

    Raises:
        KafkaUnavailable: the partition could not be read to its end.
    """
    chosen = partition_of(str(hemis_id), topics.record_partitions)
    partition = Partition(topics.records(resource), chosen)
    person = str(hemis_id).encode()
    newest: bytes | None = None
    async with broker.log_reader({partition: None}) as reader:
        async for records in read_to_end(reader):
            for record in records:
                if record.value and (record.key or b"").split(b":")[0] == person:
                    newest = record.value
    return _number(newest, resource) if newest else None


def _number(item: bytes, resource: Resource) -> str | None:
    number = str(fields_of(item, [resource.number_field]).get(resource.number_field) or "")
    return number if usable_id(number) else None
