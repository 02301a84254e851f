"""A real process of ours, seen from outside: its exit code, its output, its signals."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


class Program:
    """Lines are read as they come; afterwards ``output`` and ``errors`` hold all of it."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        self.output = ""
        self.errors = ""

    async def said(self, text: str) -> None:
        """Wait for a line with this text."""
        assert self._child.stdout is not None
        while text not in self.output:
            line = await self._child.stdout.readline()
            assert line, f"ended without {text!r}: {self.output}"
            self.output += line.decode()

    def signal(self, number: signal.Signals) -> None:
        """Send it; raises ProcessLookupError when the program has ended."""
        # Its own way to send would take the exit code away from who waits for it.
        os.kill(self._child.pid, number)

    async def ended(self) -> int:
        """Wait for its end and return its exit code."""
        output, errors = await self._child.communicate()
        self.output += output.decode()
        self.errors += errors.decode()
        assert self._child.returncode is not None
        return self._child.returncode


@asynccontextmanager
async def running(folder: Path, *words: str, **variables: str) -> AsyncIterator[Program]:
    """Start ``python <words>`` in a folder without ``.env``, with these variables only."""
    path = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=folder,
        env=path | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(child)
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()
