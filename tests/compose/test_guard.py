"""Which HEMIS is meant must be said: `up` ends with the names of the variables else."""

import secrets
from collections.abc import Iterator, Mapping

import pytest

from tests.compose.stack import GUARD, ComposeFailed, ComposeStack

pytestmark = pytest.mark.compose

ADDRESS = {"HEMIS_API_URL": "https://student.example.uz"}
TOKEN = {"HEMIS_BEARER_TOKEN": "token"}


@pytest.fixture
def project(_engine: None) -> Iterator[str]:
    name = f"hemis-sync-guard-{secrets.token_hex(4)}"
    yield name
    ComposeStack(name, {}).compose("down", "--volumes", "--remove-orphans")


def look(project: str, settings: Mapping[str, str]) -> str:
    return ComposeStack(project, settings).compose("run", "--rm", "--no-deps", GUARD)


@pytest.mark.parametrize("settings", [{}, ADDRESS, TOKEN], ids=["neither", "address", "token"])
def test_half_filled_settings_end_a_start(project: str, settings: Mapping[str, str]) -> None:
    with pytest.raises(ComposeFailed, match="Set both"):
        look(project, settings)


def test_an_address_and_a_token_are_enough(project: str) -> None:
    look(project, ADDRESS | TOKEN)
