"""Limits of a checkpoint: each part must fit into one Kafka message. Pure.

====================  ===============================================  ==========================
part                  bound                                            beyond it
====================  ===============================================  ==========================
state: open work      ``MOST_REQUESTS``, ``MOST_ERASURES``, bytes      the command is refused
state: failed pages   ``MOST_FAILED_PAGES``                            the sync fails, resumable
state: the rest       page and partition numbers, 150 names of fields  cannot happen
``known``             ``KNOWN_SYNCS`` of ``MOST_ID_LENGTH`` each       the oldest is forgotten
``suppressed``        ``PEOPLE_PER_CHUNK`` a message                   another chunk
``shapes``            ``MOST_FIELDS`` names                            more fields are ignored
``read``              one page of HEMIS's a message                    the page is malformed
====================  ===============================================  ==========================
"""

from libs.common.contracts.checkpoints import Checkpoint
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, FetcherCommand, FetchRecords
from libs.common.contracts.enums import Trigger
from libs.common.kafka.producer import MAX_MESSAGE_BYTES

MOST_PART_BYTES = MAX_MESSAGE_BYTES // 2
MOST_OPEN_BYTES = MOST_PART_BYTES * 3 // 8
MOST_REQUESTS = 500
MOST_BACKGROUND_REQUESTS = 400
"""The others are reserved for people."""
MOST_ERASURES = 100
MOST_FAILED_PAGES = 1_000
MOST_ID_LENGTH = 64
MOST_COMMAND_BYTES = 8_192

BACKGROUND = frozenset({Trigger.HEAL, Trigger.RETRY})
"""Triggers of requests that no person waits for."""


def is_readable_size(command: FetcherCommand) -> bool:
    """Tell whether a command is no larger than those of gateway and loader."""
    if len(command.sync_id) > MOST_ID_LENGTH:
        return False
    # ConfirmMissing is larger, but is not kept in the checkpoint.
    return isinstance(command, ConfirmMissing) or len(encode(command)) <= MOST_COMMAND_BYTES


def no_room_for_request(checkpoint: Checkpoint, request: FetchRecords) -> str:
    """Return why there is no room for a request; empty if there is."""
    requests = checkpoint.open_requests
    background = sum(one.trigger in BACKGROUND for one in requests)
    is_background = request.trigger in BACKGROUND
    if len(requests) >= MOST_REQUESTS or (is_background and background >= MOST_BACKGROUND_REQUESTS):
        return "too many requests for single records are waiting"
    return _no_bytes_for(checkpoint, request)


def no_room_for_erasure(checkpoint: Checkpoint, erasure: EraseRecord) -> str:
    """Return why there is no room for an erasure; empty if there is."""
    if len(checkpoint.open_erasures) >= MOST_ERASURES:
        return "too many erasures are waiting"
    return _no_bytes_for(checkpoint, erasure)


def _no_bytes_for(checkpoint: Checkpoint, command: FetchRecords | EraseRecord) -> str:
    opened = (*checkpoint.open_requests, *checkpoint.open_erasures, command)
    is_full = sum(len(encode(one)) for one in opened) > MOST_OPEN_BYTES
    return "the waiting requests fill the fetcher's checkpoint" if is_full else ""
