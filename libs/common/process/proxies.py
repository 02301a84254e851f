"""The proxy for outgoing requests: HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

They are settings, so they may be in ``.env``. The HTTP client itself reads neither the environment
nor ``.netrc``, which would add a password to our requests.
"""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # typeshed lacks it

from pydantic import AfterValidator, SecretStr

from libs.common.process.settings import ServiceSettings

_PORTS = {"http": 80, "https": 443}
_FORM = "allowed: http(s)://[user:password@]<host>[:port]"


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy."""

    url: str = field(repr=False)
    """With user name and password, if it has them."""
    host: str
    port: int
    is_secure: bool
    """TLS from us to the proxy."""

    @property
    def name(self) -> str:
        """Host and port, without the password."""
        return f"{self.host}:{self.port}"


def parsed_proxy(text: str) -> Proxy | None:
    """Parse an address, with or without ``http://``; None if it is empty.

    Raises:
        ValueError: the text is not a proxy's address. The error does not repeat it, as it may
            contain a password.
    """
    if not text:
        return None
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        default_port = _PORTS[parts.scheme]
        port = parts.port or default_port
    except (ValueError, KeyError):
        raise ValueError(_FORM) from None
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(_FORM)
    return Proxy(url, parts.hostname, port, parts.scheme == "https")


def _checked(text: SecretStr) -> SecretStr:
    parsed_proxy(text.get_secret_value().strip())
    return text


_Address = Annotated[SecretStr, AfterValidator(_checked)]


class ProxiedSettings(ServiceSettings):
    """Settings of a service that sends requests to the outside."""

    http_proxy: _Address = SecretStr("")
    https_proxy: _Address = SecretStr("")
    no_proxy: str = ""

    def proxy_for(self, url: str) -> Proxy | None:
        """Return the proxy for an address; None for the hosts of NO_PROXY and their subdomains."""
        parts = urlsplit(url)
        if proxy_bypass_environment(parts.netloc.rpartition("@")[2], {"no": self.no_proxy.strip()}):
            return None
        chosen = self.https_proxy if parts.scheme == "https" else self.http_proxy
        return parsed_proxy(chosen.get_secret_value().strip())
