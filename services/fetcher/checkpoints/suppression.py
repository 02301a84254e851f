"""The list of erased people, looked up before every record is published. Pure but for the salt.

The hashes are keyed: without the salt they reveal no id, and they differ between installations.
The salt is in the checkpoints, so anyone who can read that topic can test all ids against the
list. Only Kafka's access control prevents it.
"""

import hmac
import secrets

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Suppressed, SuppressedPeople
from libs.common.contracts.commands import EraseRecord

_SALT_BYTES = 32


class SuppressionList:
    """Tells whether a person was erased: ``hemis_id in suppression_list``."""

    def __init__(self, listed: SuppressedPeople) -> None:
        self._listed = listed
        self._hashes = _hashes(listed)

    def replace(self, listed: SuppressedPeople) -> None:
        """Use this list from now on."""
        if listed is not self._listed:
            self._listed, self._hashes = listed, _hashes(listed)

    def __contains__(self, hemis_id: object) -> bool:
        # Most lists are empty, and a sync looks up each of its records.
        return bool(self._hashes) and _hash(self._listed.salt, str(hemis_id)) in self._hashes


def extended(listed: SuppressedPeople, erasure: EraseRecord, at: int) -> SuppressedPeople:
    """Add the person whose ``hemis_id`` the erasure names; the first erasure of a person counts."""
    salt = listed.salt or secrets.token_hex(_SALT_BYTES)
    person = Suppressed(
        mark=_hash(salt, erasure.key),
        erasure_id=erasure.sync_id,
        at=at,
        requested_by=erasure.requested_by,
    )
    if any(known.mark == person.mark for known in listed.people):
        return listed
    return replace(listed, salt=salt, people=(*listed.people, person))


def _hashes(listed: SuppressedPeople) -> frozenset[str]:
    return frozenset(person.mark for person in listed.people)


def _hash(salt: str, hemis_id: str) -> str:
    return hmac.digest(bytes.fromhex(salt), hemis_id.encode(), "sha256").hex()
