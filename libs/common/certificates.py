"""Checks files with certificates and keys, and explains a certificate that is refused."""

import ssl
from pathlib import Path

# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
_OUT_OF_DATE = frozenset((9, 10))


def require_certificates(path: Path) -> None:
    """Raise ValueError, without the file's text, unless the file holds certificates."""
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise ValueError("this file holds no certificate in PEM form") from error
    except OSError as error:
        raise ValueError("this file cannot be read") from error


def require_key_of_certificate(key: Path, certificate: Path) -> None:
    """Raise ValueError, without the file's text, unless ``key`` is the certificate's private key.

    A key with a passphrase is refused: nobody could type it.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise ValueError("this private key belongs to another certificate") from error
        raise ValueError("this file holds no private key in PEM form without passphrase") from error
    except OSError as error:
        raise ValueError("this file cannot be read") from error


def is_untrusted(error: ssl.SSLCertVerificationError) -> bool:
    """Tell whether the authority or the name is wrong, which only a setting can correct.

    An expired certificate is renewed at the server, so a service waits for that.
    """
    return error.verify_code not in _OUT_OF_DATE
