"""Names and configuration of the topics: a public contract (docs/contract)."""

from dataclasses import dataclass

from libs.common.contracts.resources import Resource

_DAY_MS = 86_400_000
RETENTION_MS = 90 * _DAY_MS
"""How long events and dead letters are kept."""

_RECORDS = {
    "cleanup.policy": "compact",
    "delete.retention.ms": str(30 * _DAY_MS),
    "segment.ms": str(_DAY_MS),
    "max.compaction.lag.ms": str(_DAY_MS),
}
_DEAD_LETTERS = {
    "cleanup.policy": "compact,delete",
    "retention.ms": str(RETENTION_MS),
    # As for records: a discarded dead letter must be deleted, not only hidden by a tombstone.
    "segment.ms": str(_DAY_MS),
    "max.compaction.lag.ms": str(_DAY_MS),
}
_STATE = {
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 1024 * 1024),
    "segment.ms": "3600000",
}


def _kept_for(milliseconds: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(milliseconds)}


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    partitions: int
    config: dict[str, str]


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one university: ``<prefix>.students`` and so on."""

    prefix: str = "hemis"
    record_partitions: int = 4

    def records(self, resource: Resource) -> str:
        return f"{self.prefix}.{resource}"

    @property
    def commands(self) -> str:
        return f"{self.prefix}.commands"

    @property
    def checkpoints(self) -> str:
        return f"{self.prefix}.checkpoints"

    @property
    def progress(self) -> str:
        return f"{self.prefix}.progress"

    @property
    def services(self) -> str:
        return f"{self.prefix}.services"

    @property
    def dead_letters(self) -> str:
        return f"{self.prefix}.dead-letters"

    def group(self, service: str) -> str:
        """Name of the consumer group of a service."""
        return f"{self.prefix}.{service}"

    def all(self) -> tuple[Topic, ...]:
        records = (
            Topic(self.records(resource), self.record_partitions, _RECORDS) for resource in Resource
        )
        return (
            *records,
            Topic(self.commands, 1, _kept_for(7 * _DAY_MS)),
            Topic(self.checkpoints, 1, _STATE),
            Topic(self.progress, 1, _kept_for(RETENTION_MS)),
            Topic(self.services, 1, _STATE),
            Topic(self.dead_letters, 1, _DEAD_LETTERS),
        )
