"""Skips a message of our own topics that PostgreSQL can never store."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from libs.common.errors import PermanentError

logger = logging.getLogger(__name__)


@contextmanager
def skip_if_unstorable(sync_id: str, what: str) -> Iterator[None]:
    """Log a permanent error and go on, since raising it would also end every later start."""
    try:
        yield
    except PermanentError as error:
        extra = {"sync": sync_id[:100], "reason": str(error)}
        logger.error("HEMIS %s cannot be stored and is left out", what, extra=extra)  # noqa: TRY400 — the stack says nothing more
