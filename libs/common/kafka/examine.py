"""Are the topics as they must be? Pure, and the worker that looks from time to time."""

from collections.abc import Iterable, Iterator, Mapping

from libs.common.contracts.beats import Finding
from libs.common.contracts.topics import Topic
from libs.common.errors import TransientError
from libs.common.findings import Findings
from libs.common.kafka.ports import Broker
from libs.common.lifecycle import Stop

_LOOK_SECONDS = 60.0
_SUBJECT = "topics"
_POLICY = "cleanup.policy"
# How long something is kept: longer does no harm, -1 is for ever.
_KEPT = ("retention.ms", "delete.retention.ms")


def topics_finding(wanted: Iterable[Topic], there: Mapping[str, Topic]) -> Finding:
    """Name the first thing that is wrong; the others show when that is mended."""
    wrong = (finding for topic in wanted for finding in _wrong(topic, there.get(topic.name)))
    return next(wrong, Finding(subject=_SUBJECT, detail="partitions, compaction, retention"))


def _wrong(wanted: Topic, there: Topic | None) -> Iterator[Finding]:
    name = wanted.name
    if there is None:
        detail = f"Topic {name} is not there"
        yield _finding("topic_missing", detail, "restart a service: each makes what is missing")
        return
    if there.partitions != wanted.partitions:
        detail = f"{name} has {there.partitions} partitions, expected are {wanted.partitions}"
        yield _finding("topic_partitions", detail, "set KAFKA_PARTITIONS to what is there")
    policy = there.config.get(_POLICY, "")
    if set(policy.split(",")) != set(wanted.config[_POLICY].split(",")):
        detail = f"{name} has {_POLICY}={policy}, expected is {wanted.config[_POLICY]}"
        yield _finding("topic_cleanup_policy", detail, _command(wanted, _POLICY))
    for setting in _KEPT:
        if _is_shorter(there.config.get(setting), wanted.config.get(setting)):
            detail = f"{name} has {setting}={there.config[setting]}, less than needed"
            yield _finding("topic_retention", detail, _command(wanted, setting))


def _is_shorter(there: str | None, wanted: str | None) -> bool:
    return there is not None and wanted is not None and 0 <= int(there) < int(wanted)


def _command(topic: Topic, setting: str) -> str:
    return (
        f"kafka-configs.sh --alter --topic {topic.name}"
        f" --add-config {setting}=[{topic.config[setting]}]"
    )


def _finding(code: str, detail: str, advice: str) -> Finding:
    return Finding(subject=_SUBJECT, code=code, detail=detail, advice=advice)


class TopicExaminer:
    """Looks once a minute; where Kafka is away, that is said elsewhere."""

    def __init__(self, broker: Broker, wanted: tuple[Topic, ...], findings: Findings) -> None:
        self._broker = broker
        self._wanted = wanted
        self._findings = findings

    async def run(self, stop: Stop) -> None:
        while not stop.is_set():
            await self.look()
            await stop.wait(_LOOK_SECONDS)

    async def look(self) -> None:
        try:
            there = await self._broker.topics_there([topic.name for topic in self._wanted])
        except TransientError:
            self._findings.forget(_SUBJECT)
        else:
            self._findings.note(topics_finding(self._wanted, there))
