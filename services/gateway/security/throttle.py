"""Limits the guessing of keys: a few wrong keys per address, then one every few seconds."""

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

ALLOWED = 10
SECONDS_EACH = 6.0
_MOST_ADDRESSES = 10_000
_NETWORK_BITS = 64


class FailedAttempts:
    """Keeps at most ``_MOST_ADDRESSES``, and drops the one that failed longest ago."""

    def __init__(self) -> None:
        # When each address has no failed attempt left, in monotonic seconds.
        self._clear_at: OrderedDict[str, float] = OrderedDict()

    def wait_seconds(self, address: str, now: float) -> int:
        """Return for how long keys from this address are refused; 0 if they are not."""
        remaining = self._clear_at.get(_network(address), now) - now
        return max(0, math.ceil(remaining - (ALLOWED - 1) * SECONDS_EACH))

    def add(self, address: str, now: float) -> None:
        """Count one wrong key."""
        network = _network(address)
        clear_at = max(now, self._clear_at.pop(network, now))
        self._clear_at[network] = clear_at + SECONDS_EACH
        if len(self._clear_at) > _MOST_ADDRESSES:
            self._clear_at.popitem(last=False)


def _network(address: str) -> str:
    """Return the /64 network of an IPv6 address: one client owns all of it."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return f"{int(known) >> _NETWORK_BITS:x}::/64"
