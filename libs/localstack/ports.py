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
    """Return one that nobody else is given for about a minute: who starts its server needs a while.

    Tests run beside each other, and each chooses several ports before it binds the first.
    """
    # SystemRandom: tests seed the ordinary one, and would all get the same ports.
    candidates = random.SystemRandom().sample(_RANGE, k=100)
    return next(port for port in candidates if _reserve(port))


def _reserve(port: int) -> bool:
    """Leave a closed connection on it: servers may bind, as in `is_free`; who reserves may not."""
    with socket.socket() as listener:
        try:
            listener.bind(("", port))
        except OSError:
            return False
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.listen()
        with socket.create_connection(("127.0.0.1", port)):
            # The side that closes first is the one whose port is remembered.
            listener.accept()[0].close()
    return True


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
