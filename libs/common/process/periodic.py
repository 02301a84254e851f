"""Work that is looked at on a timer, for as long as the process lives."""

import logging
from collections.abc import Awaitable, Callable

from libs.common.errors import SetupFault, TransientError
from libs.common.process.lifecycle import Stop

logger = logging.getLogger(__name__)


async def run_periodically(
    step: Callable[[], Awaitable[None]], stop: Stop, seconds: float, doing: str
) -> None:
    """Take a step every so many seconds until the stop.

    An outage is left to the next tick, and is reported elsewhere. A fault of the set-up is
    logged, once. Raises whatever else the step raises.
    """
    said = ""
    while not await stop.wait(seconds):
        try:
            await step()
        except SetupFault as fault:
            if str(fault) != said:
                logger.warning("%s waits: %s", doing, fault)
            said = str(fault)
        except TransientError as error:
            logger.debug("%s waits", doing, extra={"reason": str(error)})
