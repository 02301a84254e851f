"""What numbers and ids in our messages may be, so that whoever stores them can.

A message beyond them is malformed: its reader leaves it out.
"""

from typing import Annotated

import msgspec

_MOST = 2**53
"""Every JSON reader keeps such numbers exact, and sums of a thousand fit a ``bigint``."""

Count = Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
"""Any number of ours. Below zero too: what a source once said is shown, not lost with the rest."""

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""A time, in unix milliseconds, until the year 9999."""

HemisId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

SyncId = Annotated[str, msgspec.Meta(max_length=256, pattern="^[^\\u0000]*$")]
