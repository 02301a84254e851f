"""Ports on this machine."""

import random
import socket
from pathlib import Path

# Below every system's range for outgoing connections: a client that keeps trying to reach a
# stopped broker could otherwise be given the broker's own port, and connect to itself.
_RANGE = range(20_000, 30_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do; without it a port stays "taken" for a minute after its last connection.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    # SystemRandom: tests seed the ordinary one, and would all get the same ports.
    candidates = random.SystemRandom().sample(_RANGE, k=100)
    return next(port for port in candidates if is_free(port))


def kept_port(file: Path) -> int:
    """The port of the last start while it is free, so that addresses people noted stay right."""
    kept = int(file.read_text()) if file.exists() else 0
    if kept and is_free(kept):
        return kept
    port = free_port()
    file.write_text(str(port))
    return port


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True
