"""Whom we take for HEMIS."""

import logging
import ssl
from pathlib import Path

logger = logging.getLogger(__name__)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trust the machine's authorities, or this file's instead.

    Raises:
        ssl.SSLError: the file holds no certificate.
        OSError: it cannot be read.
    """
    return ssl.create_default_context(cafile=ca_file)


def trusting_anybody() -> ssl.SSLContext:
    """Take whoever answers for HEMIS, and say so."""
    logger.warning("HEMIS_TLS_VERIFY=false: whoever answers is taken for HEMIS")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
