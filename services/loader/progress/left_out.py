"""Skips a message of our own topics that PostgreSQL refuses for good."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from libs.common.errors import PermanentError

logger = logging.getLogger(__name__)


@contextmanager
def left_out_when_unstorable(sync_id: str, what: str) -> Iterator[None]:
    """Log a permanent error and go on; raised, it would end every later start as well."""
    try:
        yield
    except PermanentError as error:
        extra = {"sync": sync_id[:100], "reason": str(error)}
        logger.error("HEMIS %s cannot be stored and is left out", what, extra=extra)  # noqa: TRY400 — no fault of ours
