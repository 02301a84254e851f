"""Any integers and texts in an event can be stored, or the event is malformed."""

import json
from datetime import datetime
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS, Event, SyncFetched, SyncFinished, SyncStarted
from libs.common.contracts.sums import SyncCounts
from libs.common.contracts.times import moment
from services.loader.progress.facts import SyncFacts
from services.loader.progress.report import (
    ClosedSync,
    closed_by_fetcher,
    closed_by_report,
    finish,
)
from services.loader.records.incoming import storable
from tests.poison_messages import samples

BIGINT = range(-(2**63), 2**63)
LOADED = SyncCounts(2**40, 2**40, 2**40, 2**40)
KINDS = [kind.__name__ for kind in get_args(Event)]
CLOSING = {"SyncFetched", "SyncFinished"}

integers = st.integers() | st.integers(2**31 - 1, 2**32) | st.integers(2**53 - 1, 2**63)
texts = st.text(max_size=20) | st.just("\0") | st.just("\ud800")


def amiss(value: Any) -> st.SearchStrategy[Any]:
    """Draw anything of the same JSON type."""
    match value:
        case bool() | float() | None | []:
            return st.just(value)
        case int():
            return st.just(value) | integers
        case str():
            return st.just(value) | texts
        case [first]:
            return st.lists(amiss(first), max_size=3)
        case dict():
            inner = next(iter(value.values()), 1)
            return st.dictionaries(texts, amiss(inner), max_size=3)
        case _:
            raise AssertionError(value)


def any_event(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: amiss(value) for name, value in samples(kind)[0].items() if name != "type"}
    return st.fixed_dictionaries(fields).map(lambda event: event | {"type": kind})


@pytest.mark.parametrize("kind", KINDS)
def test_any_event_can_be_stored_or_is_malformed(kind: str) -> None:
    @settings(max_examples=100 if kind in CLOSING else 5)
    @given(any_event(kind))
    def try_one(message: dict[str, Any]) -> None:
        try:
            event = EVENTS.decode(json.dumps(message).encode())
        except MalformedMessage:
            return
        assert event is not None
        assert_storable(event)

    try_one()


def assert_storable(event: Event) -> None:
    assert_fits(event.sync_id)
    for closed in closings(event):
        for value in closed:
            assert_fits(value)
        assert isinstance(moment(closed.started_at), datetime)
        assert isinstance(moment(closed.ended_at), datetime)


def closings(event: Event) -> list[ClosedSync]:
    """Return the rows that could come of it."""
    match event:
        case SyncFinished():
            return [closed_by_report(event)]
        case SyncFetched():
            facts = SyncFacts(started=begun(event))
            facts.fold(event)
            report = finish(facts, LOADED, at=1, epoch=1, all_loaded=True)
            return [closed_by_report(report), closed_by_fetcher(facts, event, LOADED)]
        case _:
            return []


def begun(event: SyncFetched) -> SyncStarted:
    sample = msgspec.convert(samples("SyncStarted")[0], SyncStarted)
    return msgspec.structs.replace(sample, sync_id=event.sync_id, attempt=event.attempt)


def assert_fits(value: object) -> None:
    match value:
        case bool() | None:
            pass
        case int():
            assert value in BIGINT
        case str():
            assert "\0" not in storable(value)
            value.encode()
        case tuple():
            for inner in value:
                assert_fits(inner)
        case _:
            raise AssertionError(value)
