"""Starts the three services and, without a HEMIS, the simulator, each as a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from libs.localstack.command_prefix import end_with_parent
from libs.localstack.folder import LocalFolder
from libs.localstack.leftovers import mark
from libs.localstack.ports import answers
from libs.localstack.programs import Launch, Program
from libs.localstack.run.plan import SIMULATOR, Plan, Ports

_SIMULATOR_START_SECONDS = 30.0
# A service that is later than this after its own grace period is killed.
_LATE_SECONDS = 5.0


@dataclass(frozen=True)
class RunningPrograms:
    programs: Sequence[Program]

    def require_running(self) -> None:
        """Raise ProgramEnded for the first program that has ended."""
        for program in self.programs:
            program.require_running()


@asynccontextmanager
async def open_programs(
    plan: Plan, ports: Ports, told: Mapping[str, str]
) -> AsyncIterator[RunningPrograms]:
    """Start the simulator, then the services; stop them in reverse order.

    Raises:
        ProgramEnded: the simulator does not start.
    """
    grace = plan.settings.stop_grace_seconds + _LATE_SECONDS
    commands = dict(plan.commands)
    simulator = (*commands.pop(SIMULATOR), "--port", str(ports.simulator))
    hemis = [] if ports.simulator is None else [_program(plan, SIMULATOR, simulator, told)]
    services = [_program(plan, name, command, told) for name, command in commands.items()]
    async with _running(hemis, grace):
        for program in hemis:
            is_ready = partial(answers, "127.0.0.1", ports.simulator or 0)
            await program.wait_ready(is_ready, _SIMULATOR_START_SECONDS)
        async with _running(services, grace):
            yield RunningPrograms((*hemis, *services))


@asynccontextmanager
async def _running(programs: Sequence[Program], grace_seconds: float) -> AsyncIterator[None]:
    try:
        for program in programs:
            program.start()
        yield
    finally:
        await asyncio.gather(*(program.stop(grace_seconds) for program in programs))


def _program(plan: Plan, name: str, command: tuple[str, ...], told: Mapping[str, str]) -> Program:
    launch = Launch(
        name=name,
        command=command,
        log=LocalFolder(plan.folder).logs / f"{name}.log",
        environment={**os.environ, **told, **mark(plan.folder)},  # noqa: TID251 — children inherit what the person set
        prefix=end_with_parent(signal.SIGTERM),
    )
    return Program(launch)
