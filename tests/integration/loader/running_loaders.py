"""Loaders as processes of their own, so that they can be killed and frozen."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from libs.localstack.ports import free_port
from services.loader.settings import LoaderSettings

ROOT = Path(__file__).parents[3]


@dataclass
class LoaderProgram:
    """One loader."""

    child: asyncio.subprocess.Process
    log: Path

    def signal(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    async def ended(self, seconds: float = 60) -> int:
        return await asyncio.wait_for(self.child.wait(), seconds)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.ended()

    def said(self, words: str) -> bool:
        return words in self.log.read_text(encoding="utf-8")

    @property
    def is_frozen(self) -> bool:
        status = Path(f"/proc/{self.child.pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] == "T"

    @property
    def peak_megabytes(self) -> float:
        """Greatest resident memory so far."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


@dataclass
class LoaderPrograms:
    """Starts loaders and ends every one of them with the context."""

    folder: Path
    programs: list[LoaderProgram] = field(default_factory=list)

    async def start(self, settings: LoaderSettings, **variables: str) -> LoaderProgram:
        log = self.folder / f"loader-{len(self.programs)}.log"
        with log.open("wb") as output:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.loader"),
                cwd=self.folder,
                env=_environment(settings) | variables,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
        self.programs.append(LoaderProgram(child, log))
        return self.programs[-1]


def _environment(settings: LoaderSettings) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATABASE_SCHEMA": settings.database_schema,
        "HEMIS_REMOVED_POLICY": settings.hemis_removed_policy,
        "LOADER_BATCH_RECORDS": str(settings.loader_batch_records),
        "LOADER_HEALTH_PORT": str(free_port()),
        "HEALTH_HOST": "127.0.0.1",
    }


@asynccontextmanager
async def loader_programs(folder: Path) -> AsyncIterator[LoaderPrograms]:
    loaders = LoaderPrograms(folder)
    try:
        yield loaders
    finally:
        for program in loaders.programs:
            if program.child.returncode is None:
                await program.kill()
