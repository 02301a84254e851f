"""Runs uvicorn within the lifecycle of a service: its signals, its stop, its exit code."""

import asyncio
import errno
import logging
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from libs.common.errors import ConfigurationError
from libs.common.process.lifecycle import Stop

logger = logging.getLogger(__name__)

_CLOSING_SECONDS = 3
_BACKLOG = 1024
_OPEN_FILES = 65_536


class _Server(uvicorn.Server):
    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would replace our signal handlers and raise the signal again after a clean stop:
        # the process would end with -15 instead of 0.
        yield


def bound_socket(host: str, port: int) -> socket.socket:
    """Open the port; called first, so that the start fails at once if the port is taken.

    Raises:
        ConfigurationError: the port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        name = "GATEWAY_PORT" if error.errno == errno.EADDRINUSE else "GATEWAY_HOST"
        raise ConfigurationError(f"{name}: cannot listen on {host}:{port}: {error}") from error


def allow_many_connections() -> None:
    """Raise the limit of open files as far as allowed: every connection is one file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _OPEN_FILES if most == resource.RLIM_INFINITY else min(most, _OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))


async def serve_http(app: FastAPI, listening: socket.socket, stop: Stop) -> None:
    """Serve until the stop, then give open connections a few seconds to end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # api/middleware/forwarded.py replaces it
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )
    server = _Server(config)
    host, port = listening.getsockname()[:2]
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listening]))
        logger.info("listening", extra={"address": f"http://{host}:{port}"})
        await stop.wait()
        server.should_exit = True
