"""How HEMIS is reached: its base address, the TLS context, and the proxy if there is one."""

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from libs.common.process.proxies import Proxy

logger = logging.getLogger(__name__)

_FORM = "allowed: http(s)://<host>[:port], with or without /rest or /rest/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    address: str
    tls: ssl.SSLContext
    proxy: Proxy | None = None


def base_address(text: str) -> str:
    """Return the address without ``/rest``, ``/rest/v1`` and a final ``/``.

    Raises:
        ValueError: another scheme, no host, or parts that do not belong there. Its text repeats
            nothing of the address, which may hold a password.
    """
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises ValueError if it is no number
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(_FORM)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"no user, password, query or fragment; {_FORM}")
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/").removesuffix("/rest")
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def verifying_tls(ca_file: Path | None) -> ssl.SSLContext:
    """Accept certificates of the system's authorities, or of those in this file instead.

    Raises:
        ssl.SSLError: the file holds no certificate.
        OSError: it cannot be read.
    """
    return ssl.create_default_context(cafile=ca_file)


def unverified_tls() -> ssl.SSLContext:
    """Accept any certificate, and log a warning."""
    logger.warning("HEMIS_TLS_VERIFY=false: any server can pose as HEMIS and read the token")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
