"""What a test can ask for; nothing is started, or even imported, before one does."""

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

_UNCOUNTED = [
    Path(__file__).parent / name for name in ("e2e", "scenarios/gateway", "scenarios/loader")
]

# Thousands of tests are made while they are collected, and all of them stay: nothing to look for.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give whoever needs real servers the time in which they start on a busy machine."""
    for item in items:
        if item.get_closest_marker("integration") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(120))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines where counting takes longer than the test, and others run the same lines.

    pytest-cov's own ``no_cover`` goes on counting in a worker of pytest-xdist (measured).
    """
    if not any(item.path.is_relative_to(folder) for folder in _UNCOUNTED):
        return (yield)
    counting = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(counting)


@pytest.fixture(scope="session")
def bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a Kafka that is there for the whole session: use ``topic_prefix``."""
    stack = _stack()
    with stack.kafka(stack.TestStackSettings(), tmp_path_factory.mktemp("kafka")) as servers:
        yield servers


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a PostgreSQL that is there for the whole session: use ``database_url``."""
    stack = _stack()
    with stack.postgres(stack.TestStackSettings(), tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """Of an empty database that is this test's own."""
    asyncpg = import_module("asyncpg")
    name = f"t{secrets.token_hex(6)}"
    administrator = await asyncpg.connect(postgres_url)
    await administrator.execute(f"CREATE DATABASE {name}")
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await administrator.close()


@pytest.fixture
def topic_prefix() -> str:
    """Unlike any other test's, so that all share one Kafka."""
    return f"t{secrets.token_hex(3)}"


@pytest.fixture
def free_port() -> Callable[[], int]:
    return ports.free_port


def _stack() -> Any:
    return import_module("tests.servers")
