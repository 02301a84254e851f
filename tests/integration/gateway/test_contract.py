"""Every response matches the OpenAPI document, for valid and invalid requests."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.common.contracts.commands import Command, FetchRecords
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event
from tests.integration.gateway.running_gateway import RunningGateway, running_gateway, workers
from tests.unit.gateway.sample_messages import fetched

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def nobody_known(command: Command) -> list[Event]:
    """Answer single requests at once, so that none waits; whole syncs stay requested."""
    if isinstance(command, FetchRecords):
        unknown = fetched(Outcome.NOT_FOUND, sync_id=command.sync_id, resource=command.resource)
        return [unknown]
    return []


def run_schemathesis(url: str, count: int, mode: GenerationMode) -> int:
    """Call each operation ``count`` times; return how many responses were checked."""
    asked = 0
    # A stream is never read to its end.
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json").exclude(path_regex="/stream$")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(
            max_examples=count, derandomize=True, database=None, deadline=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(base_url=url, checks=CHECKS, timeout=30)

        run: Callable[[], None] = ask
        # What takes nothing cannot be asked wrongly.
        with suppress(Unsatisfiable):
            run()
    return asked


@pytest.mark.parametrize("mode", GenerationMode)
async def test_every_response_matches_the_openapi_document(
    mode: GenerationMode,
) -> None:
    async with running_gateway() as gateway, workers(gateway, nobody_known):
        asked = await asyncio.to_thread(run_schemathesis, gateway.url, EXAMPLES, mode)

    assert asked > EXAMPLES


async def test_the_contract_names_the_keys_once_there_are_any() -> None:
    async with running_gateway(gateway_api_keys=SecretStr("ops:correct-horse-battery")) as gateway:
        contract = await contract_of(gateway)

    operations = contract["paths"]["/api/hemis/sync/{resource}"]["post"]
    assert operations["security"] == [{"bearer": []}, {"key": []}, {"session": []}]
    assert set(operations["responses"]) >= {"401", "403", "409", "413", "422", "429", "503"}
    assert "security" not in contract["paths"]["/healthz"]["get"]


async def contract_of(gateway: RunningGateway) -> Any:
    return (await gateway.get("/openapi.json"))[1]
