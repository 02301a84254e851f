"""One stack for all compose tests; built, started, and removed with its data at the end."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from libs.localstack.ports import free_port
from tests.compose.stack import RESOURCES, ComposeStack, why_not
from tests.waiting import eventually

_SYNC_SECONDS = 120


@pytest.fixture(scope="session")
def _engine() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(f"no Docker engine answers: {reason}")


@pytest.fixture
def env_file(_engine: None, tmp_path: Path) -> Path:
    """Where a test writes its ``.env``."""
    return tmp_path / ".env"


@pytest.fixture(scope="session")
def stack(_engine: None) -> Iterator[ComposeStack]:
    people = {"DEMO_STUDENTS": "300", "DEMO_EMPLOYEES": "60"}
    with _started(people | {"HEMIS_PAGE_PAUSE_SECONDS": "0.1"}) as stack:
        yield stack


@pytest.fixture(scope="session")
def slow_stack(_engine: None) -> Iterator[ComposeStack]:
    """Whose syncs take long enough to be disturbed often."""
    people = {"DEMO_STUDENTS": "4000", "DEMO_EMPLOYEES": "300"}
    with _started(people | {"HEMIS_PAGE_PAUSE_SECONDS": "0.5"}) as stack:
        yield stack


@contextmanager
def _started(settings: dict[str, str]) -> Iterator[ComposeStack]:
    """With the guide's two commands."""
    ports = {name: str(free_port()) for name in ("GATEWAY_PORT", "POSTGRES_PORT", "KAFKA_PORT")}
    name = f"hemis-sync-test-{secrets.token_hex(4)}"
    stack = ComposeStack(name, ports | {"HEMIS_SYNC_CRON": "0 1 * * *"} | settings)
    try:
        stack.compose("build")
        stack.compose("up", "-d", "db")
        stack.compose("up", "-d", "api")
        asyncio.run(eventually(stack.is_ready, 60))
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local", "--remove-orphans")


@pytest.fixture(scope="session")
def synced(stack: ComposeStack) -> ComposeStack:
    """After one sync of each resource, whatever came of it."""
    for resource in RESOURCES:
        status, answer = stack.call("POST", f"/api/hemis/sync/{resource}")
        assert status == 202, answer
    asyncio.run(eventually(lambda: _all_ended(stack), _SYNC_SECONDS))
    return stack


def _all_ended(stack: ComposeStack) -> bool:
    ends = {"completed", "failed", "cancelled"}
    return all(stack.progress(resource)["status"] in ends for resource in RESOURCES)
