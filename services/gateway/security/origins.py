"""Whether a page of somebody else's made a browser send a request."""

from starlette.datastructures import Headers

_OURS = {"same-origin", "none"}


def is_foreign(headers: Headers, named: tuple[str, ...]) -> bool:
    """Judge by what browsers say; who is no browser says nothing, and is not foreign.

    ``SameSite=Strict`` alone would let the neighbours on the same domain in.
    """
    origin = headers.get("origin")
    if origin in named:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OURS
    return origin is not None and origin.partition("://")[2] != headers.get("host")
