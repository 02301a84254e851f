"""Dead letters: records that can never be loaded, with their reason, under their origin."""

from enum import StrEnum

import msgspec

from libs.common.contracts.records import Headers
from libs.common.contracts.resources import Resource


class RejectCode(StrEnum):
    """The ``code`` of a dead letter; docs/runbook.md tells what to do about each."""

    NO_USABLE_ID = "no_usable_id"
    DUPLICATE_KEY = "duplicate_key"
    TOO_LARGE = "too_large"
    WRONG_KEY = "wrong_key"
    WRONG_HEADER = "wrong_header"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    SAME_NAMES = "same_names"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    UNENCODABLE = "unencodable"
    REFUSED_BY_DATABASE = "refused_by_database"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One rejected record; ``reason`` contains no value of a person."""

    dead_letter_id: str
    """``topic-partition-offset``, so writing it twice changes nothing.

    For a record without a usable id: ``<topic>-<sync>-<SHA-256 of the bytes>``.
    """
    resource: Resource
    code: str
    reason: str
    sync_id: str
    record_key: str | None
    buried_at: int
    """Unix milliseconds."""
    value: bytes
    """The original bytes."""

    def headers(self) -> Headers:
        texts = {
            "original_key": self.record_key or "",
            "resource": str(self.resource),
            "code": self.code,
            "reason": self.reason,
            "sync_id": self.sync_id,
            "buried_at": str(self.buried_at),
        }
        return tuple((name, text.encode()) for name, text in texts.items())
