"""Dead letters: list and show them, fetch their records again, discard them."""

import logging
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from libs.common.kafka.ports import Record
from services.gateway.api.dependencies import CAUGHT_UP, CurrentCaller, View, provided
from services.gateway.api.responses import AcceptedResponse
from services.gateway.api.schemas import KAFKA_AWAY, Accepted, problems
from services.gateway.dead_letters.index import IndexedDeadLetter
from services.gateway.dead_letters.masking import NotReadable, full_value, masked, parsed
from services.gateway.dead_letters.retries import RetryStates
from services.gateway.dead_letters.schemas import (
    DeadLetterFilter,
    DeadLetterList,
    DeadLetterPage,
    DeadLetterShown,
    DeadLetterWhole,
    Discarded,
    LastRetry,
    Origin,
    RetryAsked,
)
from services.gateway.dead_letters.service import DeadLetterService
from services.gateway.dead_letters.stored_values import StoredValues
from services.gateway.errors import ValuesNeedAKey
from services.gateway.live.live_view import LiveView
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.history import page_of
from services.gateway.views.messages import message_of

logger = logging.getLogger(__name__)

router = APIRouter(
    prefix="/api/hemis/dead-letters", tags=["dead letters"], dependencies=[CAUGHT_UP]
)

DeadLetters = Annotated[DeadLetterService, provided(DeadLetterService)]
DeadLetterId = Annotated[str, Path(alias="letter_id")]

_ORIGIN = re.compile(r"(?P<topic>.+)-(?P<partition>\d{1,9})-(?P<offset>\d{1,18})")
_NOT_READ = "the topics are still being read, or Kafka does not answer"
_UNKNOWN = "no such dead letter: it may be loaded or discarded by now"


@dataclass(frozen=True)
class _ValueAccess:
    """Whether the caller requests the value in full."""

    caller: CurrentCaller
    values: bool = False

    def audit(self, dead_letter: IndexedDeadLetter) -> None:
        """Log who reads personal data; raises ValuesNeedAKey."""
        if not self.values:
            return
        if self.caller.name is None:
            raise ValuesNeedAKey
        extra = {"dead_letter": dead_letter.dead_letter_id, "by": self.caller.name}
        logger.info("HEMIS audit: %s dead letter read in full", dead_letter.resource, extra=extra)


@router.get("", summary="Dead letters, newest first", responses=problems(_503=_NOT_READ))
async def list_dead_letters(
    page: Annotated[DeadLetterPage, Query()], dead_letters: DeadLetters, view: View
) -> DeadLetterList:
    retry_states = dead_letters.retry_states()
    older = (
        one
        for one in dead_letters.matching(page, retry_states)
        if page.before is None or one.offset < page.before
    )
    shown, last = page_of(older, page.limit)
    items = [_shown(view, retry_states, one) for one in shown]
    return DeadLetterList(items=items, next=last.offset if last is not None else None)


# Before the routes of single dead letters, which would also match its path.
@router.post(
    "/retry",
    status_code=202,
    summary="Fetch the records of all matching dead letters from HEMIS again",
    responses=problems(_503=KAFKA_AWAY),
)
async def retry_dead_letters(
    wanted: DeadLetterFilter, dead_letters: DeadLetters, caller: CurrentCaller
) -> RetryAsked:
    return await dead_letters.retry_matching(wanted, caller.name)


@router.get(
    "/{letter_id}",
    summary="One dead letter with its value: masked, or in full for a key",
    responses=problems(_403="full values need a key", _404=_UNKNOWN, _503=_NOT_READ),
)
async def show_dead_letter(
    dead_letter_id: DeadLetterId,
    dead_letters: DeadLetters,
    stored_values: Annotated[StoredValues, provided(StoredValues)],
    view: View,
    values: Annotated[_ValueAccess, Depends()],
) -> DeadLetterWhole:
    retry_states = dead_letters.retry_states()
    dead_letter = dead_letters.find(dead_letter_id)
    values.audit(dead_letter)
    record = await stored_values.record(dead_letter)
    return DeadLetterWhole(
        **dict(_shown(view, retry_states, dead_letter)),
        origin=_origin(dead_letter_id),
        masked=not values.values,
        **_value_fields(record, in_full=values.values),
    )


@router.post(
    "/{letter_id}/retry",
    status_code=202,
    summary="Fetch the record from HEMIS again",
    responses=problems(
        _404=_UNKNOWN, _409="without a usable id it can only be discarded", _503=KAFKA_AWAY
    ),
)
async def retry_dead_letter(
    dead_letter_id: DeadLetterId,
    dead_letters: DeadLetters,
    caller: CurrentCaller,
    accepted: AcceptedResponse,
) -> Accepted:
    return accepted(await dead_letters.retry(dead_letter_id, caller.name))


@router.post(
    "/{letter_id}/discard",
    summary="Discard a dead letter without loading its record",
    responses=problems(_404=_UNKNOWN, _503=KAFKA_AWAY),
)
async def discard_dead_letter(dead_letter_id: DeadLetterId, dead_letters: DeadLetters) -> Discarded:
    await dead_letters.discard(dead_letter_id)
    return Discarded(id=dead_letter_id, message="Discarded: the tables are unchanged.")


def _shown(
    view: LiveView, retry_states: RetryStates, dead_letter: IndexedDeadLetter
) -> DeadLetterShown:
    retry = retry_states.of(dead_letter)
    return DeadLetterShown(
        id=dead_letter.dead_letter_id,
        resource=dead_letter.resource,
        key=dead_letter.key,
        code=dead_letter.code,
        reason=dead_letter.reason,
        sync_id=dead_letter.sync_id,
        buried_at=dead_letter.buried_at,
        attempts=retry.attempts,
        state=retry.state,
        can_retry=dead_letter.person is not None,
        size=dead_letter.size,
        last_retry=_last_retry(view, retry.last_retry),
    )


def _last_retry(view: LiveView, sync: SyncState | None) -> LastRetry | None:
    if sync is None:
        return None
    snapshot = view.snapshot(sync)
    return LastRetry(sync_id=sync.sync_id, status=snapshot.status, message=message_of(snapshot))


def _origin(dead_letter_id: str) -> Origin | None:
    found = _ORIGIN.fullmatch(dead_letter_id)
    return Origin.model_validate(found.groupdict()) if found else None


def _value_fields(record: Record | None, *, in_full: bool) -> dict[str, object]:
    if record is None or record.value is None:
        return {"headers": {}, "value_kind": "gone"}
    headers = {name: raw.decode(errors="replace") for name, raw in record.headers}
    if in_full:
        value = full_value(record.value)
        return {
            "headers": headers,
            "value_kind": "text" if isinstance(value, str) else "json",
            "value": value,
        }
    try:
        return {"headers": headers, "value_kind": "json", "value": masked(parsed(record.value))}
    except NotReadable:
        return {"headers": headers, "value_kind": "text"}
