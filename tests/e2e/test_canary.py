"""No token shows anywhere, and nothing of a person but in records, rows and dead letters."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Partition, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from tests.e2e.system import Answer, System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

TOKEN = "canary-token-7f3a91"  # noqa: S105 — invented
NAME = "KANAREYKAYEV"
PINFL = "39912345678901"
PERSON = {
    "full_name": f"{NAME} SINOV",
    "second_name": NAME,
    "email": f"{NAME.lower()}@example.uz",
    "passport_pin": PINFL,
    "phone": PINFL,
}
CANARIES = (TOKEN, NAME, NAME.lower(), PINFL)
REJECTED: tuple[dict[str, Any], ...] = (
    {**PERSON},
    {"id": 990001, **PERSON, "birth_date": NAME},
    {"id": 990002, **PERSON, "year_of_enter": PINFL},
    {"id": 990003, **PERSON, "gender": {"code": NAME * 10_000, "name": [NAME]}},
    {"id": 990004, **PERSON, "_curriculum": int(PINFL) ** 3},
    {"id": 990005, **PERSON, "avg_gpa": NAME},
    {"id": NAME, **PERSON},
    {"id": 990006, **PERSON, "full_name": {"first": NAME}},
)
BROKEN = (
    f'{{"id":990007,"full_name":"{NAME} \\ud800"}}',
    f'{{"id":990008,"full_name":"{NAME}","avg_gpa":NaN}}',
    f'"{NAME} {PINFL}"',
)


async def test_a_whole_run_shows_neither_the_token_nor_a_person(system: System) -> None:
    await _start(system)
    syncs = await _let_everything_happen(system)

    shown = {**_logs(system), **await _answers(system, syncs), **await _topics(system)}
    shown["hemis.syncs"] = str(await system.rows("SELECT syncs::text FROM hemis.syncs"))

    found = {
        place: canary for place, text in shown.items() for canary in CANARIES if canary in text
    }
    assert found == {}
    await _assert_the_canaries_were_there(system, syncs)


async def _assert_the_canaries_were_there(system: System, syncs: list[Answer]) -> None:
    assert await system.rows("SELECT FROM hemis.students WHERE second_name = $1", NAME)
    assert syncs[0]["rejected"] >= 5
    assert syncs[0]["retries"] >= 4
    assert syncs[-1]["status"] == "failed"


async def _start(system: System) -> None:
    system.environment["HEMIS_BEARER_TOKEN"] = TOKEN
    await system.start_simulator(40, 10, TOKEN)
    for name in ("fetcher", "loader", "gateway"):
        await system.start(
            name, HEMIS_PAGE_SIZE="10", LOG_LEVEL="DEBUG", HEMIS_REQUEST_TIMEOUT_SECONDS="2"
        )
    for name in ("gateway", "fetcher", "loader"):
        await system.ready(name)


async def _let_everything_happen(system: System) -> list[Answer]:
    """Good and bad records, outages, single records, a refused token; return how syncs ended."""
    raw = {"resource": "students", "insert_raw": list(REJECTED), "insert_text": list(BROKEN)}
    await system.control("records", {**raw, "change": {"50421": PERSON}})
    for page, kind in enumerate(("status", "html", "truncate", "reset"), start=1):
        await system.control("faults", {"kind": kind, "page": page, "times": 1})
    syncs = [await system.sync("students"), await system.sync("employees")]
    for body in (
        {"student_id_number": "326251200658"},
        {"hemis_id": 50421},
        {"hemis_id": 990002},
        {"student_id_number": PINFL[:12]},
    ):
        await system.post("/api/hemis/sync/student", body)
    await system.control("faults", {"kind": "status", "status": 401})
    return [*syncs, await system.sync("students")]


def _logs(system: System) -> dict[str, str]:
    # The simulator is no part of what is shipped, and says its token at the start.
    programs = {name: program for name, program in system.programs.items() if name != "simulator"}
    return {f"log of {name}": program.log.read_text() for name, program in programs.items()}


async def _answers(system: System, syncs: list[Answer]) -> dict[str, str]:
    ids = [sync["syncId"] for sync in syncs]
    paths = [
        *(("gateway", f"/api/hemis/progress/{resource}") for resource in ("students", "employees")),
        *(("gateway", f"/api/hemis/syncs/{sync_id}") for sync_id in ids),
        *(("gateway", f"/api/hemis/syncs/{sync_id}/errors") for sync_id in ids),
        *((name, path) for name in system.ports for path in ("/metrics", "/readyz")),
    ]
    asked = [(name, path) for name, path in paths if name in {"gateway", "fetcher", "loader"}]
    answers = {f"{name}{path}": await system.ask("GET", name, path) for name, path in asked}
    return {place: json.dumps(answer, ensure_ascii=False) for place, answer in answers.items()}


async def _topics(system: System) -> dict[str, str]:
    """Every header, key and value, but for the values that are HEMIS's own bytes."""
    records = await _read(system)
    holds_items = ("students", "employees", "dead-letters")
    return {
        f"{record.topic} {record.partition} {record.offset}": _shown(
            record, with_value=not record.topic.endswith(holds_items)
        )
        for record in records
    }


def _shown(record: Record, *, with_value: bool) -> str:
    headers = [part for name, value in record.headers for part in (name.encode(), value)]
    value = record.value or b"" if with_value else b""
    return b" ".join([record.key or b"", *headers, value]).decode(errors="replace")


async def _read(system: System) -> list[Record]:
    settings = ServiceSettings(
        kafka_bootstrap_servers=system.environment["KAFKA_BOOTSTRAP_SERVERS"],
        kafka_topic_prefix=system.environment["KAFKA_TOPIC_PREFIX"],
    )
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    places = dict.fromkeys(_places(Topics(settings.kafka_topic_prefix)))
    async with broker.log_reader(places) as reader:
        return [record async for records in read_to_end(reader) for record in records]


def _places(topics: Topics) -> Iterator[Partition]:
    for topic in topics.all():
        for number in range(topic.partitions):
            yield Partition(topic.name, number)
