import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from libs.localstack.command_prefix import end_with_parent
from libs.localstack.errors import FolderTaken, StackUnavailable, Unreachable
from libs.localstack.leftovers import mark, stop_leftovers
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack
from tests.waiting import eventually

pytestmark = pytest.mark.integration

# Opens a stack in the folder that is its first word, and says so.
OPENED = """
import asyncio, sys
from pathlib import Path
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack

async def stay():
    async with open_stack(Path(sys.argv[1]), StackSettings(kafka_bootstrap_servers=sys.argv[2])):
        sys.stdout.write("opened\\n")
        sys.stdout.flush()
        await asyncio.sleep(60)

asyncio.run(stay())
"""
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


async def test_a_stack_that_is_there_already_is_used(
    tmp_path: Path, bootstrap_servers: str, postgres_url: str
) -> None:
    settings = StackSettings.model_validate(
        {"kafka_bootstrap_servers": bootstrap_servers, "database_url": postgres_url}
    )

    async with open_stack(tmp_path / ".local", settings) as stack:
        assert (stack.bootstrap_servers, stack.database_url) == (bootstrap_servers, postgres_url)
        assert stack.parts == ()


async def test_an_address_where_nothing_answers_is_named_without_its_password(
    tmp_path: Path,
) -> None:
    settings = StackSettings.model_validate(
        {"database_url": "postgresql://hemis:secret@127.0.0.1:1/hemis"}
    )

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1, which DATABASE_URL names") as raised:
        async with open_stack(tmp_path / ".local", settings):
            pass

    assert "secret" not in str(raised.value)


async def test_a_folder_has_one_stack_and_a_killed_one_leaves_nothing(
    tmp_path: Path, bootstrap_servers: str
) -> None:
    folder = tmp_path / ".local"
    settings = StackSettings(kafka_bootstrap_servers=bootstrap_servers)
    with _child([sys.executable, "-c", OPENED, str(folder), bootstrap_servers]) as first:
        assert first.stdout is not None
        await asyncio.to_thread(first.stdout.readline)

        with pytest.raises(FolderTaken, match=str(first.pid)):
            async with open_stack(folder, settings):
                pass

        first.kill()
        first.wait()
        async with open_stack(folder, settings) as second:
            # A server process that was forked a moment ago still has the postmaster's name.
            await eventually(lambda: len(_postmasters(folder)) == 1)
            second.require_running()

    assert _postmasters(folder) == []


@pytest.mark.skipif(not end_with_parent(signal.SIGTERM), reason="setpriv is not here")
async def test_a_killed_parent_takes_its_servers_along(
    tmp_path: Path, bootstrap_servers: str
) -> None:
    folder = tmp_path / ".local"
    with _child([sys.executable, "-c", OPENED, str(folder), bootstrap_servers]) as parent:
        assert parent.stdout is not None
        await asyncio.to_thread(parent.stdout.readline)

        parent.kill()

        await eventually(lambda: _postmasters(folder) == [])


async def test_a_leftover_is_known_by_its_folder_and_nothing_else_is_touched(
    tmp_path: Path,
) -> None:
    ours, others = tmp_path / "ours", tmp_path / "others"
    with _child(SLEEP, mark(ours / "kafka")) as leftover, _child(SLEEP, mark(others)) as foreign:
        stopped = await stop_leftovers(ours)

        assert len(stopped) == 1
        assert leftover.poll() is not None
        assert foreign.poll() is None


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()

    with pytest.raises(StackUnavailable, match="a-file"):
        async with open_stack(tmp_path / "a-file" / ".local", StackSettings()):
            pass


@contextmanager
def _child(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 — this file's own commands
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def _postmasters(folder: Path) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(folder / "postgres" / "data") in (process.info["cmdline"] or [])
    ]
