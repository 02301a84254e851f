"""The topics' names and configuration: a public contract, word by word."""

from libs.common.contracts.resources import SCHEDULED, Resource
from libs.common.contracts.topics import Topic, Topics

HOUR = 3_600_000
DAY = 24 * HOUR

RECORDS = {
    "cleanup.policy": "compact",
    "delete.retention.ms": str(30 * DAY),
    "segment.ms": str(DAY),
    "max.compaction.lag.ms": str(DAY),
}
STATE = {
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 2**20),
    "segment.ms": str(HOUR),
}
BURIED = {
    "cleanup.policy": "compact,delete",
    "retention.ms": str(90 * DAY),
    "segment.ms": str(DAY),
    "max.compaction.lag.ms": str(DAY),
}


def test_the_topics_are_those_of_the_contract() -> None:
    assert set_of(Topics().all()) == {
        ("hemis.students", 4, items(RECORDS)),
        ("hemis.employees", 4, items(RECORDS)),
        ("hemis.departments", 4, items(RECORDS)),
        ("hemis.commands", 1, items({"cleanup.policy": "delete", "retention.ms": str(7 * DAY)})),
        ("hemis.checkpoints", 1, items(STATE)),
        ("hemis.progress", 1, items({"cleanup.policy": "delete", "retention.ms": str(90 * DAY)})),
        ("hemis.services", 1, items(STATE)),
        ("hemis.dead-letters", 1, items(BURIED)),
    }


def test_several_universities_share_a_kafka_by_prefix() -> None:
    names = [topic.name for topic in Topics("samdu").all()]

    assert all(name.startswith("samdu.") for name in names)
    assert Topics("samdu").group("loader") == "samdu.loader"


def test_only_record_topics_have_as_many_partitions_as_configured() -> None:
    wide = {topic.name for topic in Topics(record_partitions=12).all() if topic.partitions == 12}

    assert wide == {"hemis.students", "hemis.employees", "hemis.departments"}


def test_resources_are_what_hemis_calls_them() -> None:
    assert [
        (str(resource), resource.list_path, resource.number_field) for resource in Resource
    ] == [
        ("students", "data/student-list", "student_id_number"),
        ("employees", "data/employee-list", "employee_id_number"),
        ("departments", "data/department-list", ""),
    ]


def test_a_resource_is_found_by_its_word() -> None:
    assert Resource("employees") is Resource.EMPLOYEES


def test_only_employees_come_once_per_position() -> None:
    assert [resource for resource in Resource if resource.keyed_by_position] == ["employees"]


def test_hemis_lists_only_the_changes_of_students() -> None:
    assert [resource for resource in Resource if resource.lists_changes] == ["students"]


def test_the_schedule_is_that_of_the_contract() -> None:
    assert SCHEDULED == (Resource.STUDENTS, Resource.EMPLOYEES, Resource.DEPARTMENTS)


def items(config: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(config.items())


def set_of(topics: tuple[Topic, ...]) -> set[tuple[str, int, frozenset[tuple[str, str]]]]:
    return {(topic.name, topic.partitions, items(topic.config)) for topic in topics}
