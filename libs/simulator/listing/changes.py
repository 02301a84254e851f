"""What a test or a person changed at run time in a list of invented people."""

import hashlib
from typing import Any

import msgspec

from libs.simulator.invented.classifiers import Item

Patch = dict[str, Any]


class UnknownRecord(Exception):
    """Nobody present has this id; carries the key that was asked for."""


def stamped(item: Item, patch: Patch, now: int) -> Patch:
    """The patch with what HEMIS changes by itself: the hash, and the time, always a later one."""
    time_field = "update_at" if "update_at" in item else "updated_at"
    before = item.get(time_field)
    changed = max(now, before + 1) if isinstance(before, int) else now
    digest = hashlib.sha256(msgspec.json.encode([item, patch, changed])).hexdigest()
    return {time_field: changed, "hash": digest, **patch}


def decoded(text: bytes) -> Item:
    """A raw item as the filters see it: nothing, where it is no JSON object."""
    try:
        item = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return item if isinstance(item, dict) else {}
