"""A wrong setting is named where people look, whether its service starts or not."""

import pytest

from tests.e2e.system import System, until

pytestmark = [pytest.mark.integration, pytest.mark.e2e]


async def said_of_the_fetcher(system: System) -> str:
    """All that the status says is wrong with it."""
    status = await system.get("/api/hemis/status")
    fetchers = [one for one in status["services"] if one["service"] == "fetcher"]
    return " ".join(found for one in fetchers for found in one["checks"].values())


async def test_a_value_with_which_a_service_does_not_start_is_named(system: System) -> None:
    await system.start("gateway")
    await system.ready("gateway")

    fetcher = await system.start("fetcher", HEMIS_PAGE_SIZE="500")

    assert await fetcher.process.wait() == 78
    await until(lambda: _says(system, "HEMIS_PAGE_SIZE: Input should be less than or equal to 200"))
    assert "ERROR HEMIS The fetcher ended" in system.programs["gateway"].log.read_text()


async def test_a_refused_token_is_named(system: System) -> None:
    await system.start_simulator(10, 5, "another-token")
    await system.start("gateway")
    await system.start("fetcher")
    await system.ready("gateway")

    await system.request_sync("students")

    await until(lambda: _says(system, "HEMIS refuses the token"))


async def _says(system: System, words: str) -> bool:
    return words in await said_of_the_fetcher(system)
