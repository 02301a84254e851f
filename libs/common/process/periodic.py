"""Runs a step on a timer until the process stops."""

import logging
from collections.abc import Awaitable, Callable

from libs.common.errors import SetupFault, TransientError
from libs.common.process.lifecycle import Stop

logger = logging.getLogger(__name__)


async def run_periodically(
    step: Callable[[], Awaitable[None]], stop: Stop, seconds: float, doing: str
) -> None:
    """Call ``step`` every ``seconds`` until the stop; ``doing`` names it in log lines.

    After an outage the next tick tries again. A setup fault is logged once. All other errors of
    the step are raised.
    """
    logged = ""
    while not await stop.wait(seconds):
        try:
            await step()
        except SetupFault as fault:
            if str(fault) != logged:
                logger.warning("%s waits: %s", doing, fault)
            logged = str(fault)
        except TransientError as error:
            logger.debug("%s waits", doing, extra={"reason": str(error)})
