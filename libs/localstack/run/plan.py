"""What ``make run`` starts: commands, ports, environment. No I/O but for ports."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from libs.localstack.errors import PortTaken
from libs.localstack.ports import free_port, is_free, kept_port
from libs.localstack.run.settings import RunSettings
from libs.localstack.stack import Stack

GATEWAY_PORT = 3000
SIMULATOR = "simulator"

_PAGE_PAUSE_SECONDS = "0.3"
_PYTHON = (sys.executable, "-m")
_PEOPLE = ("--students", "2000", "--employees", "300")

# The simulator's port is added when it is known.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    SIMULATOR: (*_PYTHON, "libs.simulator", *_PEOPLE, "--token", SIMULATOR),
    "fetcher": (*_PYTHON, "services.fetcher"),
    "loader": (*_PYTHON, "services.loader"),
    "gateway": (*_PYTHON, "services.gateway"),
}


@dataclass(frozen=True)
class Plan:
    folder: Path
    settings: RunSettings
    commands: Mapping[str, tuple[str, ...]]
    once: bool = False
    """End after the syncs instead of serving on."""


@dataclass(frozen=True)
class Ports:
    gateway: int
    fetcher: int
    loader: int
    # None with a real HEMIS.
    simulator: int | None


def choose_ports(folder: Path, settings: RunSettings) -> Ports:
    """Raise PortTaken when a port that a person chose is in use; evade where nobody chose.

    The simulator keeps its port: a sync that was interrupted continues at the same address only.
    """
    return Ports(
        gateway=_chosen("GATEWAY_PORT", settings.gateway_port, GATEWAY_PORT),
        fetcher=_chosen("FETCHER_HEALTH_PORT", settings.fetcher_health_port, 8081),
        loader=_chosen("LOADER_HEALTH_PORT", settings.loader_health_port, 8082),
        simulator=None if settings.hemis_api_url else kept_port(folder / "simulator.port"),
    )


def gateway_url(settings: RunSettings, ports: Ports) -> str:
    return f"http://{settings.gateway_host or '127.0.0.1'}:{ports.gateway}"


def addresses(stack: Stack, settings: RunSettings, ports: Ports) -> dict[str, str]:
    """What ``.local/env`` tells people and scripts."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "DATABASE_URL": stack.database_url,
        "GATEWAY_URL": gateway_url(settings, ports),
    }


def environment(stack: Stack, settings: RunSettings, ports: Ports) -> dict[str, str]:
    """What the services are told on top of what they inherit and read in ``.env``."""
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "DATABASE_URL": stack.database_url,
        "GATEWAY_PORT": str(ports.gateway),
        "FETCHER_HEALTH_PORT": str(ports.fetcher),
        "LOADER_HEALTH_PORT": str(ports.loader),
    }
    if ports.simulator is not None:
        told["HEMIS_API_URL"] = f"http://127.0.0.1:{ports.simulator}"
        told["HEMIS_BEARER_TOKEN"] = SIMULATOR
        # The user's proxy is for the outside; the simulator runs on this machine.
        told["NO_PROXY"] = ",".join(filter(None, (settings.no_proxy, "127.0.0.1")))
        if settings.hemis_page_pause_seconds is None:
            told["HEMIS_PAGE_PAUSE_SECONDS"] = _PAGE_PAUSE_SECONDS
    return told


def _chosen(variable: str, wanted: int | None, usual: int) -> int:
    if wanted is None:
        return usual if is_free(usual) else free_port()
    if not is_free(wanted):
        raise PortTaken(variable, wanted)
    return wanted
