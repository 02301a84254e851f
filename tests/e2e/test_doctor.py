"""``hemis doctor`` names what is wrong, each with its own code, in set-ups broken in one way."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from libs.localstack.ports import free_port
from tests.e2e import broken
from tests.e2e.broken import PAGE, Break, certified, hemis_at, hemis_that
from tests.e2e.system import System, until

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

NOBODY = "service_not_seen"
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}
LONG_AGO = "Tue, 14 Nov 2023 22:13:20 GMT"

soak = pytest.mark.soak


def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}"


async def doctor(system: System) -> tuple[int, dict[str, Any]]:
    """Run the command as a person would."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "libs.cli", "doctor", "--json"),
        *("--url", f"http://127.0.0.1:{system.ports['gateway']}"),
        env=system.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return await process.wait(), json.loads(said)


_STARTING = "not connected yet"


async def named(system: System, code: str) -> list[str]:
    """Wait until the gateway knows of it, then tell which codes the command names.

    Another service that starts meanwhile is waited for: it is not ready yet, and doctor says so.
    """

    async def is_known() -> bool:
        items = (await system.get("/api/hemis/doctor"))["items"]
        starting = any(
            _STARTING in item["detail"] for item in items if item["service"] != "gateway"
        )
        return not starting and code in {item["code"] for item in items}

    await until(is_known)
    exit_code, diagnosis = await doctor(system)
    assert exit_code == 1
    return sorted({item["code"] for item in diagnosis["items"]} - {"ok", NOBODY})


@pytest.mark.parametrize(
    ("code", "breaking"),
    [
        pytest.param("hemis_token_refused", broken.refused_token, marks=soak),
        pytest.param("hemis_refuses_connection", hemis_at(nowhere)),
        pytest.param("hemis_address_unknown", hemis_at(lambda: "http://hemis.invalid"), marks=soak),
        pytest.param("database_away", broken.database_away, marks=soak),
        pytest.param("schema_newer", broken.later_schema, marks=soak),
    ],
)
async def test_doctor_names_what_is_broken_and_nothing_else(
    code: str, breaking: Break, system: System
) -> None:
    await system.start("gateway")
    await breaking(system)

    await system.ready("gateway")
    assert await named(system, code) == [code]


async def test_a_waiting_loader_names_its_missing_rights(system: System) -> None:
    await system.start("gateway")
    await broken.database_without_rights(system)

    await system.ready("gateway")
    assert await named(system, "database_rights_missing") == ["database_rights_missing"]


async def test_doctor_names_a_topic_with_short_retention(system: System) -> None:
    await broken.short_retention(system)
    await system.start("gateway")

    await system.ready("gateway")
    assert await named(system, "topic_retention") == ["topic_retention"]


async def test_without_kafka_the_dashboard_works_and_doctor_names_kafka(system: System) -> None:
    await system.start("gateway", KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}")

    await until(lambda: system.answers("gateway", "/healthz"))
    assert "kafka_away" in await named(system, "kafka_away")
    assert await system.answers("gateway", "/")
    assert not await system.answers("gateway", "/readyz")


@soak
async def test_doctor_names_services_that_do_not_run(system: System) -> None:
    await system.start("gateway")

    await system.ready("gateway")
    _, diagnosis = await doctor(system)
    missing = [item["service"] for item in diagnosis["items"] if item["code"] == NOBODY]
    assert missing == ["fetcher", "loader"]


@soak
@pytest.mark.parametrize(
    ("code", "answer", "headers"),
    [
        ("hemis_answers_no_json", "<html>Log in</html>", HTML),
        ("clock_differs", PAGE, JSON | {"Date": LONG_AGO}),
    ],
)
async def test_doctor_names_responses_that_are_not_from_hemis(
    code: str, answer: str, headers: dict[str, str], system: System
) -> None:
    await system.start("gateway")
    async with hemis_that(answer, headers) as address:
        await system.start("fetcher", HEMIS_API_URL=address)

        await system.ready("gateway")
        assert await named(system, code) == [code]


@soak
@pytest.mark.parametrize(
    ("code", "is_trusted", "days"),
    [
        ("hemis_certificate_expired", True, -1),
        ("hemis_certificate_expires_soon", True, 10),
        ("hemis_certificate_untrusted", False, 90),
    ],
)
async def test_doctor_names_invalid_certificates(
    code: str, *, is_trusted: bool, days: int, system: System, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    trust = {"HEMIS_TLS_CA_FILE": str(tmp_path / "authority.pem")} if is_trusted else {}
    await system.start("gateway")
    async with hemis_that(PAGE, JSON, certified(authority, timedelta(days=days))) as address:
        await system.start("fetcher", HEMIS_API_URL=address, **trust)

        await system.ready("gateway")
        assert await named(system, code) == [code]


@soak
async def test_doctor_finds_no_problem_in_a_healthy_system(system: System) -> None:
    await system.start_all(10, 5)

    async def is_healthy() -> bool:
        return bool((await system.get("/api/hemis/doctor"))["healthy"])

    await until(is_healthy)
    exit_code, _ = await doctor(system)
    assert exit_code == 0
