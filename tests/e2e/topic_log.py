"""The topics as another system reads them: from their start, alone."""

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Partition, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from tests.e2e.system import System

RECORD_PARTITIONS = 4


async def log_of(system: System, name: str, partitions: int = 1) -> list[Record]:
    """Read a topic by its name after the prefix, to its present end."""
    settings = ServiceSettings(
        kafka_bootstrap_servers=system.environment["KAFKA_BOOTSTRAP_SERVERS"],
        kafka_topic_prefix=system.environment["KAFKA_TOPIC_PREFIX"],
    )
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    topic = f"{settings.kafka_topic_prefix}.{name}"
    places = {Partition(topic, number): None for number in range(partitions)}
    async with broker.log_reader(places) as reader:
        return [record async for records in read_to_end(reader) for record in records]
