"""How HEMIS is reached: its address, the TLS context, and the proxy if there is one."""

from dataclasses import dataclass
from ssl import SSLContext

from libs.common.process.proxies import Proxy


@dataclass(frozen=True, slots=True)
class Endpoint:
    address: str
    tls: SSLContext
    proxy: Proxy | None = None
