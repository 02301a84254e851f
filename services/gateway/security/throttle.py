"""How fast keys may be guessed: a few wrong ones an address, and one more every few seconds."""

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

ALLOWED = 10
SECONDS_EACH = 6.0
_MOST_ADDRESSES = 10_000
_NEIGHBOURS_BITS = 64


class FailedAttempts:
    """Remembers at most ``_MOST_ADDRESSES``; those that failed longest ago are forgotten first."""

    def __init__(self) -> None:
        # When the address will have earned everything back, in monotonic seconds.
        self._clear_at: OrderedDict[str, float] = OrderedDict()

    def wait_seconds(self, address: str, now: float) -> int:
        """Tell how long no key from this address is looked at; 0 is not at all."""
        owed = self._clear_at.get(_household(address), now) - now
        return max(0, math.ceil(owed - (ALLOWED - 1) * SECONDS_EACH))

    def note(self, address: str, now: float) -> None:
        """Count one wrong key."""
        household = _household(address)
        clear_at = max(now, self._clear_at.pop(household, now))
        self._clear_at[household] = clear_at + SECONDS_EACH
        if len(self._clear_at) > _MOST_ADDRESSES:
            self._clear_at.popitem(last=False)


def _household(address: str) -> str:
    """One client has a whole /64 of IPv6 addresses to guess from."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return f"{int(known) >> _NEIGHBOURS_BITS:x}::/64"
