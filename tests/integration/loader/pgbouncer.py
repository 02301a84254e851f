"""PgBouncer, where the system has it."""

import os
import shutil
import signal
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from libs.localstack.command_prefix import hand_over, unprivileged
from libs.localstack.part import Part
from libs.localstack.ports import answers
from libs.localstack.programs import Launch

Mode = Literal["session", "transaction"]

_SETTINGS = """
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = {mode}
"""


class Pooler(Part):
    """Every setting that it does not need is PgBouncer's own default."""

    name: ClassVar[str] = "pgbouncer"

    def __init__(self, folder: Path, mode: Mode, database_url: str) -> None:
        super().__init__(folder)
        self._mode = mode
        self._server = urlsplit(database_url)

    @property
    def url(self) -> str:
        user, password = self._server.username, self._server.password
        return self._server._replace(netloc=f"{user}:{password}@127.0.0.1:{self.port}").geturl()

    @override
    async def _prepare(self) -> Launch:
        hand_over(self.folder)
        users, settings = self.folder / "users", self.folder / "settings"
        users.write_text(f'"{self._server.username}" "{self._server.password}"\n')
        settings.write_text(
            _SETTINGS.format(
                server_port=self._server.port, port=self.port, users=users, mode=self._mode
            )
        )
        program = _pgbouncer()
        return Launch(
            name=self.name,
            command=(str(program), str(settings)),
            log=self.log,
            environment={"PATH": os.defpath},
            stop_signal=signal.SIGTERM,
            prefix=unprivileged(signal.SIGTERM, program, self.folder),
        )

    @override
    def _is_ready(self) -> bool:
        return answers("127.0.0.1", self.port)


def _pgbouncer() -> Path:
    found = shutil.which("pgbouncer", path=f"{os.defpath}:/usr/sbin")
    if found is None:
        pytest.skip("needs a pooler: apt-get install pgbouncer")
    return Path(found)
