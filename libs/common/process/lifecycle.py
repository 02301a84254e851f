"""How a process starts and stops: signals, a deadline for the stop, and the exit code."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from libs.common.errors import ConfigurationError, Unavailable, first_error
from libs.common.process.log_masking import secrets_of
from libs.common.process.logs import configure_logs
from libs.common.process.settings import ServiceSettings, load_settings
from libs.common.process.signals import at_first_signal

logger = logging.getLogger(__name__)

EXIT_STOPPED = 0
EXIT_CRASHED = 1
EXIT_WRONG_COMMAND_LINE = 64
EXIT_UNAVAILABLE = 69
EXIT_WRONG_CONFIGURATION = 78

# The part of the grace period for closing connections, after late tasks are cancelled.
_CLOSING_SECONDS = 4.0

S = TypeVar("S", bound=ServiceSettings)


class Stop:
    """A flag that can be awaited."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the stop, at most ``seconds``; return whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        return self._event.is_set()


class Stopped(Exception):
    """The stop came while the process waited for a dependency."""


async def _ignore(_: ConfigurationError) -> None: ...


def run_service(
    kind: type[S],
    serve: Callable[[S, Stop], Awaitable[None]],
    on_wrong_settings: Callable[[ConfigurationError], Coroutine[None, None, None]] = _ignore,
) -> int:
    """Read the settings, serve until a signal, and return the exit code.

    ``on_wrong_settings`` may report them, since the process ends before its first heartbeat.
    """
    try:
        settings = load_settings(kind)
        configure_logs(settings.log_format, settings.log_level, secrets_of(settings))
        asyncio.run(_serve_until_signal(serve, settings))
    except ConfigurationError as error:
        sys.stderr.write(f"ERROR {error}\n")
        asyncio.run(on_wrong_settings(error))
        return EXIT_WRONG_CONFIGURATION
    except Unavailable as error:
        sys.stderr.write(f"ERROR {error}\n")
        return EXIT_UNAVAILABLE
    except BaseExceptionGroup as group:
        return _exit_code(group)
    except Exception:
        logger.exception("crashed")
        return EXIT_CRASHED
    return EXIT_STOPPED


def _exit_code(group: BaseExceptionGroup) -> int:
    wrong = group.subgroup(ConfigurationError)
    if wrong is not None:
        sys.stderr.write(f"ERROR {first_error(wrong)}\n")
        return EXIT_WRONG_CONFIGURATION
    if group.split(Stopped)[1] is None:
        return EXIT_STOPPED
    logger.error("crashed", exc_info=group)
    return EXIT_CRASHED


async def _serve_until_signal(serve: Callable[[S, Stop], Awaitable[None]], settings: S) -> None:
    stop = Stop()
    deadline = asyncio.timeout(None)
    grace = max(settings.stop_grace_seconds - _CLOSING_SECONDS, settings.stop_grace_seconds / 2)
    loop = asyncio.get_running_loop()

    def begin_stop() -> None:
        logger.info("stopping")
        deadline.reschedule(loop.time() + grace)
        stop.set()

    try:
        with at_first_signal((signal.SIGTERM, signal.SIGINT), begin_stop):
            async with deadline:
                await serve(settings, stop)
    except Stopped:
        pass
    except TimeoutError:
        if not deadline.expired():
            raise
        logger.warning("stopped at the end of the grace period")
