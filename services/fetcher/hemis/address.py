"""HEMIS's base address, however a person writes it."""

from urllib.parse import urlsplit

_FORM = "allowed: http(s)://<host>[:port], with or without /rest or /rest/v1"


def base_address(text: str) -> str:
    """Return the address without ``/rest``, ``/rest/v1`` and a final ``/``.

    Raises:
        ValueError: another scheme, no host, or parts that do not belong there; no part of the
            text is repeated, since a password may be in it.
    """
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises where it is no number
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(_FORM)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"no user, password, query or fragment; {_FORM}")
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/").removesuffix("/rest")
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"
