"""The guide's "test" section on the running stack, and what its operator relies on."""

from collections.abc import AsyncIterator

import pytest

from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from tests.compose.stack import RESOURCES, ComposeStack
from tests.waiting import eventually

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

OURS = ("fetcher", "loader", "api")
TABLES = {"students": "students", "employees": "employee_positions"}
GUIDE_FIELDS = {
    "status",
    "startTime",
    "totalRecords",
    "processedRecords",
    "errors",
    "currentPage",
    "message",
}


@pytest.mark.parametrize("resource", RESOURCES)
def test_progress_has_the_guides_fields(stack: ComposeStack, resource: str) -> None:
    status, answer = stack.call("GET", f"/api/hemis/progress/{resource}")

    assert status == 200
    assert answer.keys() >= GUIDE_FIELDS


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_sync_completes_and_psql_counts_it(synced: ComposeStack, resource: str) -> None:
    progress = synced.progress(resource)

    rows = synced.count(TABLES[resource])

    assert (progress["status"], progress["complete"], progress["errors"]) == ("completed", True, [])
    assert rows == progress["processedRecords"] == progress["totalRecords"] > 0


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("student", {"hemis_id": 50421}),
        ("student", {"hemis_id": 50421, "student_id_number": "326251200658"}),
        ("student", {"student_id_number": "326251200658"}),
        ("employee", {"hemis_id": 1826}),
        ("employee", {"hemis_id": 1826, "employee_id_number": "3262311010"}),
        ("employee", {"employee_id_number": "3262311010"}),
    ],
)
def test_the_guides_people_are_synced_at_once(
    synced: ComposeStack, call: str, wanted: dict[str, object]
) -> None:
    status, answer = synced.call("POST", f"/api/hemis/sync/{call}", wanted)

    assert (status, answer.get("outcome")) == (200, "unchanged"), answer


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_gateways_log_shows_a_sync_from_start_to_end(
    synced: ComposeStack, resource: str
) -> None:
    sync_id = synced.progress(resource)["syncId"]

    lines = [line for line in synced.log_lines("api") if "HEMIS" in line and sync_id in line]

    assert "requested" in lines[0]
    assert "completed" in lines[-1]


def test_a_good_sync_logs_no_error(synced: ComposeStack) -> None:
    assert not [line for line in synced.log_lines(*OURS) if "ERROR" in line]


def test_exactly_the_topics_of_the_contract_exist(synced: ComposeStack) -> None:
    command = ("/opt/kafka/bin/kafka-topics.sh", "--bootstrap-server", "kafka:9092", "--list")

    names = set(synced.compose("exec", "-T", "kafka", *command).split())

    assert names - {"__consumer_offsets"} == {topic.name for topic in Topics().all()}


async def test_programs_on_the_host_read_the_topics(synced: ComposeStack) -> None:
    address = f"127.0.0.1:{synced.settings['KAFKA_PORT']}"
    settings = ServiceSettings(kafka_bootstrap_servers=address)
    broker = KafkaBroker(settings, "host", Readiness((KAFKA,), Stop()))

    async with broker.log_reader({Partition("hemis.students", n): None for n in range(4)}) as log:
        keys = {record.key async for batch in read_to_end(log) for record in batch}

    assert len(keys) == synced.count("students")


def test_the_services_run_as_an_unprivileged_user(stack: ComposeStack) -> None:
    users = {stack.compose("exec", "-T", service, "id", "-u").strip() for service in OURS}

    assert users == {"10001"}


def test_our_services_are_found_healthy(stack: ComposeStack) -> None:
    stack.compose("up", "-d", "--wait", "--wait-timeout", "60", "api")


def test_our_services_stop_as_asked(restarted: ComposeStack) -> None:
    restarted.compose("stop", *OURS)

    codes = restarted.compose("ps", "--all", "--format", "{{.Service}} {{.ExitCode}}", *OURS)
    assert sorted(codes.split()[1::2]) == ["0", "0", "0"], codes


async def test_down_loses_nothing(synced: ComposeStack, restarted: ComposeStack) -> None:
    rows = {table: synced.count(table) for table in TABLES.values()}
    syncs = {resource: synced.progress(resource) for resource in RESOURCES}

    restarted.compose("down")
    restarted.compose("up", "-d", "api")
    await eventually(restarted.is_ready, 60)

    assert {table: restarted.count(table) for table in TABLES.values()} == rows
    assert {resource: restarted.progress(resource) for resource in RESOURCES} == syncs


@pytest.fixture
async def restarted(stack: ComposeStack) -> AsyncIterator[ComposeStack]:
    """For a test that stops parts of the stack: all of it runs again afterwards."""
    yield stack
    stack.compose("up", "-d", "api")
    await eventually(stack.is_ready, 60)
