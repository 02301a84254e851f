"""Our images: small, labelled, without rights, stopped and looked at as Docker does."""

import tomllib
from typing import Any

import pytest

from tests.compose.stack import ROOT, ComposeFailed, ComposeStack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

OURS = ("fetcher", "loader", "api", "hemis")
LARGEST_BYTES = 250_000_000
PREFIX = "org.opencontainers.image."


@pytest.fixture(scope="session")
def images(stack: ComposeStack) -> dict[str, Any]:
    return {service: stack.image(service) for service in OURS}


@pytest.mark.parametrize("service", OURS)
def test_an_image_is_small(images: dict[str, Any], service: str) -> None:
    assert images[service]["Size"] < LARGEST_BYTES


@pytest.mark.parametrize("service", OURS)
def test_an_image_says_what_it_is(images: dict[str, Any], service: str) -> None:
    labels = images[service]["Config"]["Labels"]

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert labels[f"{PREFIX}title"].startswith("hemis-sync ")
    assert labels[f"{PREFIX}description"]
    assert labels[f"{PREFIX}version"] == project["version"]
    assert labels[f"{PREFIX}revision"]


@pytest.mark.parametrize("service", OURS)
def test_an_image_has_the_right_command_stop_signal_and_health_check(
    images: dict[str, Any], service: str
) -> None:
    config = images[service]["Config"]

    assert config["User"] == "hemis"
    assert config["Cmd"][:2] == ["python", "-m"]
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]


@pytest.mark.parametrize("service", OURS)
@pytest.mark.parametrize("tried", [["touch", "/app/x"], ["python", "-m", "pip", "--version"]])
def test_nothing_can_be_added_to_a_container(
    stack: ComposeStack, service: str, tried: list[str]
) -> None:
    with pytest.raises(ComposeFailed):
        stack.compose("exec", "-T", service, *tried)


@pytest.mark.parametrize("service", OURS)
def test_a_container_has_no_root_capability(stack: ComposeStack, service: str) -> None:
    status = stack.compose("exec", "-T", service, "cat", "/proc/1/status")

    rights = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {int(rights[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == {0}
    assert rights["NoNewPrivs"] == "1"
