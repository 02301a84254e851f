"""Bounds of numbers and ids in our messages, so that every reader can store them.

A message beyond them is malformed: its readers skip it.
"""

from typing import Annotated

import msgspec

_MOST = 2**53
"""Every JSON reader keeps such numbers exact, and sums of a thousand fit a ``bigint``."""

Count = Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
"""Any number of ours. Negative ones too: a wrong count must not lose the whole message."""

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""A time, in unix milliseconds, until the year 9999."""

HemisId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

SyncId = Annotated[str, msgspec.Meta(max_length=256, pattern="^[^\\u0000]*$")]
