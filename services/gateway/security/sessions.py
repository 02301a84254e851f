"""Sessions of a browser, as signed cookies that any gateway with the same keys accepts.

A cookie is ``<expires_at>.<name>.<signature>``. It is signed with its own key's hash, so it ends
with that key: taken away, or changed. Nothing is kept here, so nothing has to be shared.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from services.gateway.security.keys import ApiKey, Keyring

COOKIE = "hemis_session"
LIFETIME_SECONDS = 12 * 3600


class Sessions:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def begin(self, key: ApiKey, now: int) -> str:
        """Give the cookie's value; ``now`` in unix milliseconds."""
        name = urlsafe_b64encode(key.name.encode()).decode()
        claim = f"{now + LIFETIME_SECONDS * 1000}.{name}"
        return f"{claim}.{_signature(key, claim)}"

    def owner_of(self, cookie: str, now: int) -> ApiKey | None:
        """Give the key that began the session; None where it is forged, ended, or the key gone."""
        claim, _, signature = cookie.rpartition(".")
        expires_at, _, name = claim.partition(".")
        key = self._keyring.named(_decoded(name))
        if key is None or not hmac.compare_digest(
            _signature(key, claim).encode(), signature.encode(errors="replace")
        ):
            return None
        # Signed by us, so it is the number we wrote.
        return key if now < int(expires_at) else None


def _decoded(name: str) -> str:
    try:
        return urlsafe_b64decode(name.encode()).decode()
    except ValueError:
        return ""


def _signature(key: ApiKey, claim: str) -> str:
    # The purpose keeps this from being a signature of anything else, whatever is signed later.
    text = f"hemis-sync session\n{claim}".encode(errors="replace")
    return hmac.new(key.digest, text, sha256).hexdigest()
