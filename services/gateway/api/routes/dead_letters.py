"""The dead-letter desk."""

import logging
import re
from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.kafka.ports import Record
from services.gateway.api.context import ApiContext, ApiContextOf, CallerOf
from services.gateway.api.routes.syncs import AWAY, accepted
from services.gateway.api.schemas import Accepted, problems
from services.gateway.dead_letters.index import IndexedDeadLetter
from services.gateway.dead_letters.masking import NotReadable, in_full, masked, parsed
from services.gateway.dead_letters.retries import RetryStates
from services.gateway.dead_letters.schemas import (
    DeadLetterList,
    DeadLetterShown,
    DeadLetterWhole,
    Discarded,
    LastRetry,
    LetterFilter,
    LetterPage,
    Origin,
    RetryAsked,
)
from services.gateway.dead_letters.service import Asked
from services.gateway.errors import ValuesNeedAKey
from services.gateway.projection.sync_state import SyncState
from services.gateway.security.keys import Caller

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/api/hemis/dead-letters", tags=["dead letters"])

_ORIGIN = re.compile(r"(?P<topic>.+)-(?P<partition>\d{1,9})-(?P<offset>\d{1,18})")
_UNREAD = "the topics are still being read, or Kafka does not answer"
_UNKNOWN = "no such dead letter: it may be dealt with"


@router.get("", summary="Dead letters, newest first", responses=problems(_503=_UNREAD))
async def list_dead_letters(
    page: Annotated[LetterPage, Query()], parts: ApiContextOf
) -> DeadLetterList:
    fates = parts.desk.fates()
    found: list[IndexedDeadLetter] = []
    for letter in parts.desk.matching(page, fates):
        if page.before is None or letter.place < page.before:
            found.append(letter)
        if len(found) > page.limit:
            break
    shown = found[: page.limit]
    following = shown[-1].place if len(found) > page.limit else None
    return DeadLetterList(items=[_shown(parts, fates, one) for one in shown], next=following)


# Before the single ones, whose addresses would also fit it.
@router.post(
    "/retry",
    status_code=202,
    summary="Fetch the records of all dead letters that match from HEMIS again",
    responses=problems(_503=AWAY),
)
async def retry_dead_letters(wanted: LetterFilter, parts: ApiContextOf) -> RetryAsked:
    asked = await parts.desk.retry_all(wanted)
    return RetryAsked(
        asked=asked.asked,
        retrying=asked.retrying,
        discard_only=asked.discard_only,
        left=asked.left,
        sync_ids=[sync.sync_id for sync in asked.syncs],
        message=_in_words(asked),
    )


@router.get(
    "/{letter_id}",
    summary="One dead letter with its value: masked, or in full for a key",
    responses=problems(_403="values in full need a key", _404=_UNKNOWN, _503=_UNREAD),
)
async def show_dead_letter(
    letter_id: str, parts: ApiContextOf, caller: CallerOf, *, values: bool = False
) -> DeadLetterWhole:
    fates = parts.desk.fates()
    letter = parts.desk.find(letter_id)
    if values:
        _note_reading(letter, caller)
    record = await parts.stored_values.record(letter)
    shown = _shown(parts, fates, letter)
    show = _in_full if values else _masked
    return DeadLetterWhole(**dict(shown), origin=_origin(letter_id), **show(record))


@router.post(
    "/{letter_id}/retry",
    status_code=202,
    summary="Fetch its record from HEMIS again",
    responses=problems(
        _404=_UNKNOWN, _409="without a usable id it can only be discarded", _503=AWAY
    ),
)
async def retry_dead_letter(letter_id: str, parts: ApiContextOf, response: Response) -> Accepted:
    return accepted(parts, await parts.desk.retry(letter_id), response)


@router.post(
    "/{letter_id}/discard",
    summary="Take it off the desk",
    responses=problems(_404=_UNKNOWN, _503=AWAY),
)
async def discard_dead_letter(letter_id: str, parts: ApiContextOf) -> Discarded:
    letter = await parts.desk.discard(letter_id)
    return Discarded(id=letter.letter_id, message="Discarded: the tables are as they were.")


def _in_words(asked: Asked) -> str:
    counts = {
        "under way already": asked.retrying,
        "without a usable id, can only be discarded": asked.discard_only,
        "left for another call": asked.left,
    }
    told = [f"{count} {what}" for what, count in counts.items() if count]
    return "; ".join([f"{asked.asked} fetched from HEMIS again", *told])


def _shown(parts: ApiContext, fates: RetryStates, letter: IndexedDeadLetter) -> DeadLetterShown:
    fate = fates.of(letter)
    return DeadLetterShown(
        id=letter.letter_id,
        resource=letter.resource,
        key=letter.key,
        code=letter.code,
        reason=letter.reason,
        sync_id=letter.sync_id,
        buried_at=letter.buried_at,
        attempts=fate.attempts,
        state=fate.state,
        can_retry=letter.person is not None,
        size=letter.size,
        last_retry=_last_retry(parts, fate.last_retry),
    )


def _last_retry(parts: ApiContext, sync: SyncState | None) -> LastRetry | None:
    if sync is None:
        return None
    report = parts.view.report(sync)
    return LastRetry(sync_id=sync.sync_id, status=report.status, message=report.message)


def _origin(letter_id: str) -> Origin | None:
    found = _ORIGIN.fullmatch(letter_id)
    return Origin.model_validate(found.groupdict()) if found else None


def _note_reading(letter: IndexedDeadLetter, caller: Caller) -> None:
    """Write down who looks at personal data; raises ValuesNeedAKey."""
    if caller.name is None:
        raise ValuesNeedAKey
    extra = {"dead_letter": letter.letter_id, "by": caller.name}
    logger.info("HEMIS audit: %s dead letter read in full", letter.resource, extra=extra)


def _masked(record: Record | None) -> dict[str, object]:
    if record is None or record.value is None:
        return {"headers": {}, "value_kind": "gone", "masked": True}
    try:
        value, kind = masked(parsed(record.value)), "json"
    except NotReadable:
        value, kind = None, "text"
    return {"headers": _headers(record), "value_kind": kind, "value": value, "masked": True}


def _in_full(record: Record | None) -> dict[str, object]:
    if record is None or record.value is None:
        return {"headers": {}, "value_kind": "gone", "masked": False}
    value = in_full(record.value)
    kind = "text" if isinstance(value, str) else "json"
    return {"headers": _headers(record), "value_kind": kind, "value": value, "masked": False}


def _headers(record: Record) -> dict[str, str]:
    return {name: raw.decode(errors="replace") for name, raw in record.headers}
