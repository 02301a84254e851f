"""Bounds of the numbers and ids in our messages, so that every reader can store them.

A message beyond the bounds is malformed, and its readers skip it.
"""

from typing import Annotated

import msgspec

_MAX_COUNT = 2**53
"""Every JSON reader keeps integers up to it exact, and a sum of a thousand fits a ``bigint``."""

Count = Annotated[int, msgspec.Meta(ge=-_MAX_COUNT, le=_MAX_COUNT)]
"""Any number of ours. Negative ones too: a wrong count must not lose the whole message."""

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""A time, in unix milliseconds, until the year 9999."""

HemisId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

SyncId = Annotated[str, msgspec.Meta(max_length=256, pattern="^[^\\u0000]*$")]
