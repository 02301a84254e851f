"""Fixtures for all tests. Servers start, and are imported, only when a test needs them."""

import gc
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from libs.localstack import ports

_HERE = Path(__file__).parent
# Tests of volume or of many random examples; other tests run the same lines.
_NOT_COVERED = [
    *(_HERE / name for name in ("e2e", "scenarios/gateway", "scenarios/loader")),
    *(
        _HERE / "scenarios/fetcher" / f"test_{name}.py"
        for name in (
            *("any_shape", "bounds", "full_memory", "kills"),
            *("many_erased", "people_first", "topic_made_anew"),
        )
    ),
    *(
        _HERE / "integration/loader" / f"test_{name}.py"
        for name in ("never_back", "people", "values")
    ),
]

# Collection creates thousands of long-lived objects, so garbage collection would find nothing.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests with real servers a longer timeout: servers start slowly on a busy machine."""
    for item in items:
        if item.get_closest_marker("integration") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(120))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Switch coverage off where it costs more than the test itself.

    pytest-cov's own ``no_cover`` has no effect in a worker of pytest-xdist (measured).
    """
    if not any(item.path.is_relative_to(path) for path in _NOT_COVERED):
        return (yield)
    tracing = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracing)


@pytest.fixture(scope="session")
def bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap servers of the session's Kafka; tests share it, so use ``topic_prefix``."""
    servers = _servers()
    with servers.kafka(servers.TestStackSettings(), tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the session's PostgreSQL; tests share it, so use ``database_url``."""
    servers = _servers()
    with servers.postgres(servers.TestStackSettings(), tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The address of an empty database for this test alone."""
    asyncpg = import_module("asyncpg")
    name = f"t{secrets.token_hex(6)}"
    administrator = await asyncpg.connect(postgres_url)
    await administrator.execute(f"CREATE DATABASE {name}")
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await administrator.close()


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for this test alone, so that tests can share one Kafka."""
    return f"t{secrets.token_hex(3)}"


@pytest.fixture
def free_port() -> Callable[[], int]:
    return ports.free_port


def _servers() -> Any:
    return import_module("tests.servers")
