"""The endpoint to HEMIS: its address, whom we take for it, and the proxy between."""

from dataclasses import dataclass
from ssl import SSLContext

from libs.common.proxies import Proxy


@dataclass(frozen=True, slots=True)
class Endpoint:
    address: str
    tls: SSLContext
    proxy: Proxy | None = None
