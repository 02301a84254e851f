"""What follows from the description of ``groups``; runs in a copy of the sources that has it."""

import json
from typing import Any

import jsonschema_rs
import pytest

from libs.cli.app import main
from libs.common.contracts.published.document import asyncapi_document, contract_schemas
from libs.common.contracts.resources import SCHEDULED, Resource
from libs.common.contracts.topics import Topics
from libs.simulator.invented import university
from services.gateway.alerts.conditions import AlertRules
from services.gateway.projection.projection import Projection
from tests.integration.gateway.running_gateway import running_gateway
from tests.integration.loader.loader_without_kafka import Log, open_loader
from tests.unit.gateway.sample_messages import T0, finished, started

GROUPS = Resource("groups")
DAY = 24 * 3_600_000


def simulated_groups(count: int) -> list[dict[str, Any]]:
    """Return items as HEMIS's ``data/group-list`` sends them."""
    return [
        {
            **university.group(number, 2025, 0),
            "active": True,
            "department": university.FACULTIES[number][0],
            "specilaty": university.specialty(number, 1, "11"),
            "_curriculum": 70 + number,
            "curator": "unknown to hemis-sync",
        }
        for number in range(count)
    ]


def test_the_published_schema_accepts_its_items() -> None:
    schema = jsonschema_rs.validator_for(contract_schemas()["StudyGroup"])

    assert all(schema.is_valid(group) for group in simulated_groups(3))
    assert not schema.is_valid({"name": "a group without an id"})


def test_it_has_a_topic_of_its_own() -> None:
    topics = Topics()

    assert "hemis.groups" in {topic.name for topic in topics.all()}
    assert asyncapi_document(topics)["channels"]["groups"]["address"] == "hemis.groups"


async def test_the_loader_loads_groups_into_their_table(database_url: str) -> None:
    log = Log(GROUPS)
    for group in simulated_groups(2):
        log.add(str(group["id"]), json.dumps(group).encode())

    async with open_loader(database_url) as loader:
        await loader.claim(log.place)
        await loader.load(log.records)
        rows = await loader.rows("SELECT * FROM groups ORDER BY hemis_id")

    group, row = simulated_groups(1)[0], rows[0]
    assert len(rows) == 2
    assert (row["hemis_id"], row["name"]) == (group["id"], group["name"])
    assert row["department_name"] == group["department"]["name"]
    assert row["specialty_code"] == group["specilaty"]["code"]
    assert row["education_lang_code"] == group["educationLang"]["code"]
    assert (row["curriculum_id"], row["active"]) == (70, True)
    assert json.loads(row["extra"])["curator"] == "unknown to hemis-sync"


async def test_the_gateway_starts_a_sync_and_shows_its_progress() -> None:
    async with running_gateway() as gateway:
        status, accepted = await gateway.post("/api/hemis/sync/groups")
        _, progress = await gateway.get("/api/hemis/progress/groups")

    assert (status, accepted["resource"]) == (202, "groups")
    assert progress["syncId"] == accepted["syncId"]


async def test_the_dashboard_has_a_card_with_its_name_in_three_languages() -> None:
    async with (
        running_gateway() as gateway,
        gateway.http.get(gateway.url + "/dashboard/app/resources.js") as response,
    ):
        script = await response.text()

    assert (
        '{"name": "groups", "labels": {"uz": "Guruhlar", "ru": "Группы", "en": "Groups"}' in script
    )


def test_the_command_line_knows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "groups", "--help"]) == 0
    assert "groups" in capsys.readouterr().out


def test_it_is_neither_scheduled_nor_ever_stale() -> None:
    projection = Projection()
    projection.fold_event(started(resource=GROUPS), 0)
    projection.fold_event(finished(resource=GROUPS), 1)

    assert GROUPS not in SCHEDULED
    assert AlertRules("hemis", DAY).alerts(projection, T0 + 30 * DAY) == {}
