"""Compares the topics with what they must be: pure functions, and a worker that runs them."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from libs.common.contracts.heartbeats import Finding
from libs.common.contracts.topics import Topic
from libs.common.errors import SetupFault, TransientError
from libs.common.kafka.admin import config_of, least_in_sync
from libs.common.kafka.errors import MESSAGE_LIMIT
from libs.common.kafka.ports import Broker, FoundTopic, alter_command
from libs.common.process.findings import Findings
from libs.common.process.lifecycle import Stop

_INTERVAL_SECONDS = 60.0
_SUBJECT = "topics"
_POLICY = "cleanup.policy"
_IN_SYNC = "min.insync.replicas"
_UNCLEAN = "unclean.leader.election.enable"


class _Rule(NamedTuple):
    """A topic setting that an administrator may change, and which values are wrong."""

    setting: str
    code: str
    is_wrong: Callable[[int, int], bool]


def _is_shorter(found: int, wanted: int) -> bool:
    # Longer does no harm, and -1 means for ever.
    return 0 <= found < wanted


_RULES = (
    _Rule("retention.ms", "topic_retention", _is_shorter),
    _Rule("delete.retention.ms", "topic_retention", _is_shorter),
    _Rule("retention.bytes", "topic_retention", operator.gt),
    _Rule("max.message.bytes", "topic_message_limit", operator.lt),
    _Rule(_IN_SYNC, "topic_min_insync", operator.lt),
    # With more, erased people would stay in the log longer.
    _Rule("max.compaction.lag.ms", "topic_compaction", operator.gt),
)


def topics_finding(
    wanted: Iterable[Topic], found: Mapping[str, FoundTopic], replication: int = 1
) -> Finding:
    """Report the first problem; the others show once that one is solved."""
    wrong = (
        finding for topic in wanted for finding in _wrong(topic, found.get(topic.name), replication)
    )
    return next(wrong, Finding(subject=_SUBJECT, detail="partitions, compaction, retention"))


def _wrong(wanted: Topic, found: FoundTopic | None, replication: int) -> Iterator[Finding]:
    name = wanted.name
    if found is None:
        detail = f"Topic {name} does not exist"
        yield _finding(
            "topic_missing", detail, "restart a service: each creates the missing topics"
        )
        return
    if found.partitions != wanted.partitions:
        detail = f"{name} has {found.partitions} partitions, expected {wanted.partitions}"
        yield _finding("topic_partitions", detail, "set KAFKA_PARTITIONS to the number that it has")
    yield from _replica_problems(found)
    policy = found.config.get(_POLICY, "")
    if set(policy.split(",")) != set(wanted.config[_POLICY].split(",")):
        detail = f"{name} has {_POLICY}={policy}, expected {wanted.config[_POLICY]}"
        command = alter_command(name, _POLICY, wanted.config[_POLICY])
        yield _finding("topic_cleanup_policy", detail, command)
    if found.config.get(_UNCLEAN) == "true":
        detail = f"{name} has {_UNCLEAN}=true: acknowledged records can be lost"
        yield _finding("topic_unclean_election", detail, alter_command(name, _UNCLEAN, "false"))
    needed = _needed(wanted, min(replication, found.replicas))
    for setting, code, is_wrong in _RULES:
        value = found.config.get(setting)
        if value is not None and setting in needed and is_wrong(int(value), int(needed[setting])):
            detail = f"{name} has {setting}={value}, expected {needed[setting]}"
            yield _finding(code, detail, alter_command(name, setting, needed[setting]))


def _replica_problems(found: FoundTopic) -> Iterator[Finding]:
    """Find what stops writes to a topic, regardless of its settings."""
    least = int(found.config.get(_IN_SYNC, "1"))
    if found.leaderless:
        detail = f"{found.name}: {found.leaderless} of {found.partitions} partitions have no leader"
        yield _finding("topic_without_leader", detail, "start the brokers that are away")
    elif least > found.replicas:
        detail = f"{found.name} has {_IN_SYNC}={least}, but only {found.replicas} replicas"
        command = alter_command(found.name, _IN_SYNC, str(least_in_sync(found.replicas)))
        yield _finding("topic_min_insync", detail, command)
    elif found.in_sync < least:
        detail = f"{found.name} has {found.in_sync} in-sync replicas, {_IN_SYNC} is {least}"
        yield _finding("topic_too_few_in_sync", detail, "start the brokers that are away")


def _needed(wanted: Topic, replication: int) -> dict[str, str]:
    """Return the settings that a topic must have: those it is created with, and two of Kafka's."""
    needed = {"max.message.bytes": str(MESSAGE_LIMIT), **config_of(wanted, replication)}
    if "delete" in wanted.config[_POLICY]:
        needed["retention.bytes"] = "-1"
    return needed


def _finding(code: str, detail: str, advice: str) -> Finding:
    return Finding(subject=_SUBJECT, code=code, detail=detail, advice=advice)


@dataclass
class TopicChecks:
    """Checks the topics once a minute; reports nothing while Kafka is away."""

    broker: Broker
    wanted: tuple[Topic, ...]
    findings: Findings
    replication: int = 1

    async def run(self, stop: Stop) -> None:
        while not stop.is_set():
            await self.run_once()
            await stop.wait(_INTERVAL_SECONDS)

    async def run_once(self) -> None:
        try:
            found = await self.broker.describe_topics([topic.name for topic in self.wanted])
        except SetupFault as fault:
            self.findings.note(_finding(fault.code, fault.detail, fault.advice))
        except TransientError:
            self.findings.forget(_SUBJECT)
        else:
            self.findings.note(topics_finding(self.wanted, found, self.replication))
