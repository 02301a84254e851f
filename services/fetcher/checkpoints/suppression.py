"""Who was erased: asked of every record that is about to be published. Pure but for the salt.

The hash is keyed, so that the list alone tells no id, nor the same person on two installations.
Whoever may read the checkpoints has the salt too, and could try all ids: that door is Kafka's to
keep shut. What the list must be able to answer, anybody who holds all of it can ask.
"""

import hmac
import secrets

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Suppressed, SuppressedPeople
from libs.common.contracts.commands import EraseRecord

_SALT_BYTES = 32


class SuppressionList:
    """Answers whether a ``hemis_id`` was erased: ``hemis_id in suppress``."""

    def __init__(self, listed: SuppressedPeople) -> None:
        self._listed = listed
        self._marks = _marks(listed)

    def become(self, listed: SuppressedPeople) -> None:
        """Answer by this list from now on."""
        if listed is not self._listed:
            self._listed, self._marks = listed, _marks(listed)

    def __contains__(self, hemis_id: object) -> bool:
        # Nearly everywhere there is nobody, and a sync asks for each of its records.
        return bool(self._marks) and _mark(self._listed.salt, str(hemis_id)) in self._marks


def extended(listed: SuppressedPeople, erasure: EraseRecord, at: int) -> SuppressedPeople:
    """Add the person whose ``hemis_id`` the erasure names; of several erasures the first stands."""
    salt = listed.salt or secrets.token_hex(_SALT_BYTES)
    person = Suppressed(
        mark=_mark(salt, erasure.key),
        erasure_id=erasure.sync_id,
        at=at,
        requested_by=erasure.requested_by,
    )
    if any(known.mark == person.mark for known in listed.people):
        return listed
    return replace(listed, salt=salt, people=(*listed.people, person))


def _marks(listed: SuppressedPeople) -> frozenset[str]:
    return frozenset(person.mark for person in listed.people)


def _mark(salt: str, hemis_id: str) -> str:
    return hmac.digest(bytes.fromhex(salt), hemis_id.encode(), "sha256").hex()
