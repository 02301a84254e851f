"""Knocking at HEMIS's door without a request: is there anybody, and who says it is."""

import asyncio
import socket
import ssl
import time
from urllib.parse import urlsplit

from libs.common.contracts.beats import Finding

_PATIENCE_SECONDS = 10.0
_WARNING_DAYS = 14
_DAY_SECONDS = 86_400
_HTTPS = 443
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
ADDRESS, CERTIFICATE = "HEMIS address", "HEMIS certificate"


async def knock(address: str, tls: ssl.SSLContext) -> tuple[Finding, ...]:
    """Open a connection and close it: findings on the address, and over TLS on the certificate."""
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    port = parts.port or (_HTTPS if secure else 80)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, port, ssl=tls if secure else None
            )
    except (OSError, TimeoutError) as error:
        return refused(error, parts.netloc)
    until = _valid_until(writer)
    writer.transport.abort()
    reached = Finding(subject=ADDRESS, detail=parts.netloc)
    return (reached, validity(until, time.time())) if until is not None else (reached,)


def refused(error: Exception, place: str) -> tuple[Finding, ...]:
    """Say why no connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (Finding(subject=ADDRESS, detail=place), _not_trusted(error, place))
    match error:
        case socket.gaierror():
            code, said = "hemis_address_unknown", "this name is not known here"
            advice = "check HEMIS_API_URL for a misprint, then this machine's DNS"
        case ConnectionRefusedError():
            code, said = "hemis_refuses_connection", "nothing listens there"
            advice = "check host and port in HEMIS_API_URL, then ask HEMIS's administrator"
        case TimeoutError():
            code, said = "hemis_silent", "no answer"
            advice = "look for a firewall between here and HEMIS, then at HEMIS itself"
        case ssl.SSLError():
            code, said = "hemis_no_tls", "it does not speak TLS"
            advice = "check HEMIS_API_URL: http or https, and the port"
        case _:
            code, said = "hemis_unreachable", type(error).__name__
            advice = "look at the network between here and HEMIS"
    return (Finding(subject=ADDRESS, code=code, detail=f"{place}: {said}", advice=advice),)


def _not_trusted(error: ssl.SSLCertVerificationError, place: str) -> Finding:
    if error.verify_code == _EXPIRED:
        code, advice = "hemis_certificate_expired", "HEMIS's administrator must renew it"
    else:
        code = "hemis_certificate_untrusted"
        advice = "check HEMIS_API_URL; name a private authority by HEMIS_TLS_CA_FILE"
    detail = f"The certificate of {place}: {error.verify_message}"
    return Finding(subject=CERTIFICATE, code=code, detail=detail, advice=advice)


def validity(until: float, now: float) -> Finding:
    """Judge how long a certificate is still good; both are unix seconds."""
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
    """None without TLS, and where HEMIS_TLS_VERIFY=false asks for no certificate."""
    found = writer.get_extra_info("peercert") or {}
    until = found.get("notAfter")
    return ssl.cert_time_to_seconds(until) if isinstance(until, str) else None
