"""The rebuild command with wrong settings."""

import pytest

from tests.integration.loader.loader_system import LoaderSystem
from tests.integration.loader.run_rebuild import rebuild_command

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://hemis:hemis@localhost:port/hemis",
        "{url}?options=-c%20nonsense%3D1",
    ],
)
async def test_a_wrong_database_url_is_reported_in_one_line(system: LoaderSystem, url: str) -> None:
    wrong = url.format(url=system.settings.database_url.get_secret_value())
    async with rebuild_command(system, DATABASE_URL=wrong) as child:
        printed, _ = await child.communicate()

    assert child.returncode == 78
    errors = [line for line in printed.decode().splitlines() if "DATABASE_URL" in line]
    assert len(errors) == 1
    assert b"Traceback" not in printed
    assert b"crashed" not in printed
