"""Probes HEMIS without a request: is it reachable, and is its certificate valid?"""

import asyncio
import socket
import ssl
import time
from urllib.parse import urlsplit

from libs.common.contracts.heartbeats import Finding
from services.fetcher.hemis.checks.proxy import PROXY, ProxyRefused, open_by_proxy
from services.fetcher.hemis.endpoint import Endpoint

_TIMEOUT_SECONDS = 10.0
_WARNING_DAYS = 14
_DAY_SECONDS = 86_400
_HTTPS = 443
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
ADDRESS, CERTIFICATE = "HEMIS address", "HEMIS certificate"


async def probe(endpoint: Endpoint) -> tuple[Finding, ...]:
    """Open a connection and close it; return findings on proxy, address and certificate."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            writer, findings = await _connected(endpoint)
    except ProxyRefused as error:
        return (error.finding,)
    except (OSError, TimeoutError) as error:
        return unreachable(error, urlsplit(endpoint.address).netloc)
    until = _valid_until(writer)
    writer.transport.abort()
    return findings if until is None else (*findings, validity(until, time.time()))


async def _connected(endpoint: Endpoint) -> tuple[asyncio.StreamWriter, tuple[Finding, ...]]:
    parts = urlsplit(endpoint.address)
    secure = parts.scheme == "https"
    host, port = str(parts.hostname), parts.port or (_HTTPS if secure else 80)
    tls = endpoint.tls if secure else None
    reached = Finding(subject=ADDRESS, detail=parts.netloc)
    if endpoint.proxy is None:
        _, writer = await asyncio.open_connection(host, port, ssl=tls)
        return writer, (reached,)
    by_proxy = Finding(subject=PROXY, detail=endpoint.proxy.name)
    writer = await open_by_proxy(endpoint.proxy, f"{host}:{port}" if tls else "")
    if tls is None:
        # Only a request could tell whether HEMIS answers behind the proxy.
        return writer, (by_proxy,)
    await writer.start_tls(tls, server_hostname=host)
    return writer, (by_proxy, reached)


def unreachable(error: Exception, server: str) -> tuple[Finding, ...]:
    """Return the findings of a failed connection; ``server`` is host and port."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (Finding(subject=ADDRESS, detail=server), _not_trusted(error, server))
    match error:
        case socket.gaierror():
            code, text = "hemis_address_unknown", "this host name is not known"
            advice = "check HEMIS_API_URL for a misprint, then this machine's DNS"
        case ConnectionRefusedError():
            code, text = "hemis_refuses_connection", "nothing listens there"
            advice = "check host and port in HEMIS_API_URL, then ask HEMIS's administrator"
        case TimeoutError():
            code, text = "hemis_silent", "no answer"
            advice = "look for a firewall between here and HEMIS, then at HEMIS itself"
        case ssl.SSLError():
            code, text = "hemis_no_tls", "it does not speak TLS"
            advice = "check HEMIS_API_URL: http or https, and the port"
        case _:
            code, text = "hemis_unreachable", type(error).__name__
            advice = "look at the network between here and HEMIS"
    return (Finding(subject=ADDRESS, code=code, detail=f"{server}: {text}", advice=advice),)


def _not_trusted(error: ssl.SSLCertVerificationError, server: str) -> Finding:
    if error.verify_code == _EXPIRED:
        code, advice = "hemis_certificate_expired", "HEMIS's administrator must renew it"
    else:
        code = "hemis_certificate_untrusted"
        advice = "check HEMIS_API_URL; name a private authority by HEMIS_TLS_CA_FILE"
    detail = f"The certificate of {server}: {error.verify_message}"
    return Finding(subject=CERTIFICATE, code=code, detail=detail, advice=advice)


def validity(until: float, now: float) -> Finding:
    """Return the finding of a certificate that is valid ``until``; both are unix seconds."""
    days = int((until - now) // _DAY_SECONDS)
    if days >= _WARNING_DAYS:
        return Finding(subject=CERTIFICATE, detail=f"good for {days} days")
    return Finding(
        subject=CERTIFICATE,
        code="hemis_certificate_expires_soon",
        detail=f"HEMIS's certificate expires in {days} days",
        advice="tell HEMIS's administrator; when it has expired, syncs fail",
    )


def _valid_until(writer: asyncio.StreamWriter) -> float | None:
    """Return unix seconds; None without TLS, or if HEMIS_TLS_VERIFY=false."""
    found = writer.get_extra_info("peercert") or {}
    until = found.get("notAfter")
    return ssl.cert_time_to_seconds(until) if isinstance(until, str) else None
