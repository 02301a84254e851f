"""``.local/``: where the stack keeps its data, one run at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from libs.localstack.errors import DiskFull, FolderTaken, StackUnavailable

_NEEDED_BYTES = 512 << 20


class LocalFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.kafka = self.path / "kafka"
        self.postgres = self.path / "postgres"
        self.logs = self.path / "logs"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make it and hold it for this process; the system lets go of it however we end.

        Raises:
            FolderTaken: another process holds it.
            StackUnavailable: it cannot be made, or its disk is full.
        """
        self._make()
        with (self.path / "lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderTaken(self.path, lock.read()) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def write_addresses(self, addresses: dict[str, str]) -> None:
        """Write ``env``, whole or not at all: scripts wait for it and read it."""
        lines = "".join(f"{name}={value}\n" for name, value in addresses.items())
        fresh = self.path / "env.new"
        fresh.write_text(lines)
        fresh.replace(self.path / "env")

    def _make(self) -> None:
        try:
            for folder in (self.path, self.kafka, self.postgres, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
            (self.path / "lock").touch()
        except OSError as error:
            raise StackUnavailable(f"{self.path} cannot be used: {error.strerror}.") from error
        free = shutil.disk_usage(self.path).free
        if free < _NEEDED_BYTES:
            raise DiskFull(self.path, free, _NEEDED_BYTES)


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """Something to be made elsewhere and moved to its place when done, so never half there."""
    unfinished = folder.with_name(f"{folder.name}.new")
    with suppress(FileNotFoundError):
        shutil.rmtree(unfinished)
    yield unfinished
    unfinished.rename(folder)
