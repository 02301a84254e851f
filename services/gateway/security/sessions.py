"""Browser sessions as signed cookies, which every gateway with the same keys accepts.

A cookie is ``<expires_at>.<name>.<signature>``. It is signed with the hash of its API key, so it is
invalid once that key is removed or changed. The gateway stores no sessions.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from services.gateway.security.keys import ApiKey, Keyring

COOKIE = "hemis_session"
LIFETIME_SECONDS = 12 * 3600


def session_cookie(key: ApiKey, now: int) -> str:
    """Return the value of the cookie; ``now`` in unix milliseconds."""
    name = urlsafe_b64encode(key.name.encode()).decode()
    claim = f"{now + LIFETIME_SECONDS * 1000}.{name}"
    return f"{claim}.{_signature(key, claim)}"


def session_owner(keyring: Keyring, cookie: str, now: int) -> ApiKey | None:
    """Return the key of the session; None if the cookie or its key is not valid any more."""
    claim, _, signature = cookie.rpartition(".")
    expires_at, _, name = claim.partition(".")
    key = keyring.named(_decoded(name))
    if key is None or not hmac.compare_digest(
        _signature(key, claim).encode(), signature.encode(errors="replace")
    ):
        return None
    # The signature is valid, so this is a number.
    return key if now < int(expires_at) else None


def _decoded(name: str) -> str:
    try:
        return urlsafe_b64decode(name.encode()).decode()
    except ValueError:
        return ""


def _signature(key: ApiKey, claim: str) -> str:
    # The purpose keeps a signature of anything else from being valid here.
    text = f"hemis-sync session\n{claim}".encode(errors="replace")
    return hmac.new(key.digest, text, sha256).hexdigest()
