"""Detects requests that a page of another origin made a browser send. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

from starlette.datastructures import Headers
from typing_extensions import override

_OWN_SITES = {"same-origin", "none"}
_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[\da-f:.]+\]|[^\s/?#@:\[\]\\,]+)(:(?P<port>\d{1,5}))?", re.I
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port, compared as RFC 6454 says; ``str`` gives it as browsers send it."""

    scheme: str
    host: str
    port: int

    @override
    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def parsed_origin(text: str) -> Origin | None:
    """Parse an origin in any spelling; None for ``null`` and anything else that is no origin."""
    found = _ORIGIN.fullmatch(text)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"] or _PORTS[scheme])
    try:
        return Origin(scheme, _normalized(found["host"].lower()), port) if port < 1 << 16 else None
    except (AddressValueError, UnicodeError):
        return None


def _normalized(host: str) -> str:
    if host.startswith("["):
        return f"[{IPv6Address(host[1:-1])}]"
    return host.encode("idna").decode()


def is_foreign(headers: Headers, own: Origin | None, named: Collection[Origin]) -> bool:
    """Judge by the headers that browsers send; clients without them are not foreign.

    ``own`` is the origin at which the browser reached the gateway. ``SameSite=Strict`` alone would
    allow pages of other hosts on the same domain.
    """
    text = headers.get("origin")
    origin = parsed_origin(text) if text is not None else None
    if origin is not None and origin in named:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OWN_SITES
    return text is not None and (origin is None or origin != own)
