"""A child process with a log file, which does not outlive us."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from libs.localstack.errors import ProgramEnded

_POLL_SECONDS = 0.03


@dataclass(frozen=True)
class Launch:
    """How a program is started and asked to stop."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(repr=False)  # holds secrets
    stop_signal: signal.Signals = signal.SIGTERM
    # Put before the command: `setpriv` and its options, see ``command_prefix``.
    prefix: tuple[str, ...] = ()
    input: Path = Path(os.devnull)


class Program:
    """Not bound to an event loop: a test may restart what the session started."""

    def __init__(self, launch: Launch) -> None:
        self.name = launch.name
        self._launch = launch
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Call it in the main thread: the program ends with the thread that started it."""
        launch = self._launch
        launch.log.parent.mkdir(parents=True, exist_ok=True)
        with launch.log.open("ab") as log, launch.input.open("rb") as source:
            self._child = subprocess.Popen(  # noqa: S603 — commands are ours, never a person's text
                [*launch.prefix, *launch.command],
                stdin=source,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=launch.environment,
                # Ctrl-C goes to a terminal's whole group; we stop our programs in order.
                process_group=0,
            )

    def require_running(self) -> None:
        """Raise ProgramEnded when the program is no longer there."""
        if self._child is None or self._child.poll() is not None:
            code = self._child.returncode if self._child else "never started"
            raise ProgramEnded(self.name, f"ended by itself (exit {code})", self._launch.log)

    async def wait_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Raise ProgramEnded when it dies before it is ready, or needs longer than that."""
        try:
            async with asyncio.timeout(seconds):
                while not is_ready():
                    self.require_running()
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            what = f"was not ready after {seconds:g} s"
            raise ProgramEnded(self.name, what, self._launch.log) from None

    async def run_to_end(self, seconds: float) -> None:
        """Start it and wait until it succeeded; ProgramEnded when it did not."""
        self.start()
        try:
            code = await self._ended_within(seconds)
        finally:
            await self.kill()
        if code != 0:
            raise ProgramEnded(self.name, f"failed (exit {code})", self._launch.log)

    async def stop(self, seconds: float) -> None:
        """Ask it to stop; kill it when it has not within that time."""
        if self._child is None:
            return
        if self._child.poll() is None:
            self._child.send_signal(self._launch.stop_signal)
        if await self._ended_within(seconds) is None:
            await self.kill()
        self._child = None

    async def kill(self) -> None:
        """End it and its children at once, as a crash would; returns when they are gone."""
        if self._child is None:
            return
        # Once it has ended, its number may be anybody's.
        family = _family(self._child.pid) if self._child.poll() is None else []
        for member in family:
            _kill(member)
        self._child.wait()
        await asyncio.to_thread(psutil.wait_procs, family, 5)
        self._child = None

    async def _ended_within(self, seconds: float) -> int | None:
        """The exit code, or None when it still runs."""
        if self._child is None:
            return None
        try:
            return await asyncio.to_thread(self._child.wait, seconds)
        except subprocess.TimeoutExpired:
            return None


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
