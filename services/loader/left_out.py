"""A message on one of our own topics that cannot be stored costs itself, never the service."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from libs.common.errors import PermanentError

logger = logging.getLogger(__name__)


@contextmanager
def left_out_when_unstorable(sync_id: str, what: str) -> Iterator[None]:
    """Go on after what PostgreSQL refuses for good; it would refuse it again at each start."""
    try:
        yield
    except PermanentError as error:
        extra = {"sync": sync_id[:100], "reason": str(error)}
        logger.error("HEMIS %s cannot be stored and is left out", what, extra=extra)  # noqa: TRY400 — no fault of ours
