import asyncio
import io
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from libs.localstack.errors import PortTaken, ProgramEnded
from libs.localstack.run.app import run
from libs.localstack.run.plan import Plan
from libs.localstack.run.settings import RunSettings
from tests.waiting import eventually

pytestmark = pytest.mark.integration

GATEWAY = Path(__file__).with_name("fake_gateway.py")
IDLE = (sys.executable, "-c", "import time; time.sleep(60)")
LISTENING = (
    sys.executable,
    "-c",
    "import socket, sys, time; s = socket.create_server(('', int(sys.argv[2]))); time.sleep(60)",
)
BROKEN = (sys.executable, "-c", "raise SystemExit('the loader broke here')")


@pytest.fixture
def plan(
    tmp_path: Path,
    bootstrap_servers: str,
    postgres_url: str,
    free_port: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> Plan:
    """Of stand-ins, on the stack of the tests."""
    monkeypatch.chdir(tmp_path)
    settings = RunSettings.model_validate(
        {
            "kafka_bootstrap_servers": bootstrap_servers,
            "database_url": postgres_url,
            "gateway_port": free_port(),
        }
    )
    commands = {
        "simulator": LISTENING,
        "fetcher": IDLE,
        "loader": IDLE,
        "gateway": (sys.executable, str(GATEWAY), "completed"),
    }
    return Plan(tmp_path / ".local", settings, commands, once=True)


async def test_once_ends_with_0_when_all_syncs_completed(plan: Plan) -> None:
    before = psutil.Process().children()

    code = await run(plan, Console(file=io.StringIO()))

    assert code == 0
    assert psutil.Process().children() == before


@pytest.mark.parametrize(
    ("failing", "code"), [("students", 1), ("employees", 1), ("departments", 0)]
)
async def test_once_ends_with_1_when_students_or_employees_did_not_complete(
    failing: str, code: int, plan: Plan
) -> None:
    gateway = (sys.executable, str(GATEWAY), "completed", f"{failing}=failed")
    written = io.StringIO()

    result = await run(
        replace(plan, commands={**plan.commands, "gateway": gateway}), Console(file=written)
    )

    assert result == code
    assert f"{failing:<11} failed (look 3)" in written.getvalue()


async def test_an_interrupted_sync_that_fails_is_followed_by_a_new_one(plan: Plan) -> None:
    gateway = (sys.executable, str(GATEWAY), "completed", "interrupted=failed")
    written = io.StringIO()

    code = await run(
        replace(plan, commands={**plan.commands, "gateway": gateway}), Console(file=written)
    )

    assert code == 0
    assert "failed: look 3" in written.getvalue()
    assert "students    completed and complete" in written.getvalue()


async def test_the_simulator_has_the_port_of_the_last_run_while_it_is_free(plan: Plan) -> None:
    port = await simulator_port(plan)

    assert await simulator_port(plan) == port

    with socket.create_server(("", port)):
        assert await simulator_port(plan) != port


async def simulator_port(plan: Plan) -> int:
    """Run to the end, and return the port that the simulator was started with."""
    told = plan.folder.with_name("port")
    simulator = (
        *LISTENING[:2],
        f"import sys; open({str(told)!r}, 'w').write(sys.argv[2]); {LISTENING[2]}",
    )
    await run(
        replace(plan, commands={**plan.commands, "simulator": simulator}),
        Console(file=io.StringIO()),
    )
    return int(told.read_text())


async def test_where_there_is_no_terminal_progress_is_plain_lines(plan: Plan) -> None:
    written = io.StringIO()

    await run(plan, Console(file=written))

    lines = written.getvalue().splitlines()
    assert "students           1/2000  running: look 1" in lines
    assert any(
        " ".join(line.split()).startswith("employees completed and complete") for line in lines
    )
    assert lines[-1] == f"Dashboard: http://127.0.0.1:{plan.settings.gateway_port}/"
    assert "\x1b" not in written.getvalue()


async def test_in_a_terminal_progress_is_bars(plan: Plan) -> None:
    written = io.StringIO()

    await run(plan, Console(file=written, force_terminal=True, width=120))

    assert "3/2000" in written.getvalue()
    assert "━" in written.getvalue()


async def test_addresses_are_there_for_scripts(plan: Plan) -> None:
    await run(plan, Console(file=io.StringIO()))

    names = [line.partition("=")[0] for line in (plan.folder / "env").read_text().splitlines()]
    assert names == ["KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "GATEWAY_URL"]


async def test_a_service_that_dies_is_named_with_the_end_of_its_log(plan: Plan) -> None:
    broken = replace(plan, commands={**plan.commands, "loader": BROKEN}, once=False)

    with pytest.raises(ProgramEnded, match=r"loader ended by itself \(exit 1\)") as raised:
        await run(broken, Console(file=io.StringIO()))

    assert "the loader broke here" in str(raised.value)


async def test_without_once_it_serves_until_it_is_stopped_and_leaves_nothing(plan: Plan) -> None:
    written = io.StringIO()
    before = psutil.Process().children()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(replace(plan, once=False), Console(file=written)))
        await eventually(lambda: "Dashboard" in written.getvalue())
        serving = len(psutil.Process().children()) - len(before)
        running.cancel()

    assert serving == len(plan.commands)
    assert psutil.Process().children() == before


async def test_a_gateway_port_that_a_person_chose_and_that_is_taken_is_named(
    plan: Plan, bootstrap_servers: str
) -> None:
    taken = int(bootstrap_servers.rpartition(":")[2])
    settings = plan.settings.model_copy(update={"gateway_port": taken})

    with pytest.raises(PortTaken, match=f"GATEWAY_PORT asks for port {taken}"):
        await run(replace(plan, settings=settings), Console(file=io.StringIO()))
