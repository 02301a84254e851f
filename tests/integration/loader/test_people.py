"""Each employee has one row, the same in any order of the positions."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.contracts.records import record_key
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_without_kafka import (
    LoaderWithoutKafka,
    Log,
    LoggedRecord,
    open_loader,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

PEOPLE = "SELECT * FROM employees ORDER BY hemis_id"
OWN_GROUP = {"id": 0}
"""Of no other position."""
OLDER_THAN_A_POSITION = """
    SELECT hemis_id FROM employees e JOIN employee_positions p USING (hemis_id)
    WHERE e.fetched_at < p.fetched_at
"""
Item = dict[str, Any]

# Positions of servers with and without ``meta_id``, of main and of secondary employment.
KINDS: dict[int, Item] = {
    1: {"department": {"id": 1}, "employmentForm": {"code": "11"}},
    2: {"department": {"id": 1}, "employmentForm": {"code": "12"}, "meta_id": 2},
    3: {"department": {"id": 1}, "employmentForm": {"code": "12"}},
    4: {"department": {"id": 1}, "employmentForm": {"code": "11"}, "meta_id": 4},
    5: {"department": {"id": 2}, "employmentForm": {"code": "11"}, "meta_id": 10},
}


class SeenPosition(NamedTuple):
    """One position of a person as HEMIS shows it at one time; None where it is closed."""

    person: int
    kind: int
    item: Item | None

    @property
    def key(self) -> str:
        return record_key(Resource.EMPLOYEES, self.person, KINDS[self.kind])


class ClosedPosition(NamedTuple):
    """A position as it was, and when it was closed."""

    item: Item
    at: datetime | None = None


def seen(person: int, kind: int, changing: Item | None) -> SeenPosition:
    if changing is None:
        return SeenPosition(person, kind, None)
    item = {"id": person, "full_name": f"NAMUNAYEV {kind}"} | KINDS[kind] | changing
    listed = changing["tutorGroups"]
    own = listed and [{"id": kind} if group is OWN_GROUP else group for group in listed]
    return SeenPosition(person, kind, item | {"tutorGroups": own})


changing = st.fixed_dictionaries(
    {
        "employeeStatus": st.sampled_from([{"code": "11"}] * 3 + [{"code": "14"}, None]),
        "active": st.sampled_from([True, False, None]),
        "tutorGroups": st.sampled_from([None, [], [OWN_GROUP], [OWN_GROUP, {"id": 9}]]),
    }
)
seldom_closed = st.one_of(changing, changing, changing, st.none())
arrivals = st.lists(
    st.builds(seen, st.sampled_from([1, 1, 1, 2]), st.sampled_from(sorted(KINDS)), seldom_closed),
    min_size=6,
    max_size=16,
)


@pytest.fixture
async def loader(database_url: str) -> AsyncIterator[LoaderWithoutKafka]:
    async with open_loader(database_url) as loader:
        yield loader


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(arrivals, st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 2))
async def test_an_employee_row_is_the_main_position_in_any_order(
    loader: LoaderWithoutKafka, arriving: list[SeenPosition], sizes: list[int], rereads: int
) -> None:
    logs = written(arriving)
    await loader.begin(*logs)

    await load(loader, logs, sizes)
    for _ in range(rereads):
        await loader.reread(logs[0].place, len(logs[0].records))
        await load(loader, logs[:1], sizes)

    found = [shown(row) for row in await loader.rows(PEOPLE)]
    assert found == [expected(person, arriving) for person in people(arriving)]
    assert await loader.rows(OLDER_THAN_A_POSITION) == []


def written(arriving: Iterable[SeenPosition]) -> tuple[Log, Log]:
    """Write each person's positions to one partition, in the order of time."""
    logs = (Log(Resource.EMPLOYEES, 0), Log(Resource.EMPLOYEES, 1))
    for second, one in enumerate(arriving, 1):
        value = None if one.item is None else msgspec.json.encode(one.item)
        logs[one.person - 1].add(one.key, value, ce_time=second * 1000)
    return logs


async def load(loader: LoaderWithoutKafka, logs: Sequence[Log], sizes: Sequence[int]) -> None:
    """Load batches of so many records of each partition, by turns."""
    places = [0] * len(logs)
    for size in cycle(sizes):
        batch: list[LoggedRecord] = []
        for number, log in enumerate(logs):
            batch += log.records[places[number] : places[number] + size]
            places[number] += size
        if not batch:
            return
        before = {row["hemis_id"]: row["fetched_at"] for row in await loader.rows(PEOPLE)}
        await loader.load(batch)
        after = {row["hemis_id"]: row["fetched_at"] for row in await loader.rows(PEOPLE)}
        assert all(before[person] <= after[person] for person in before)


def people(arriving: Iterable[SeenPosition]) -> list[int]:
    return sorted({one.person for one in arriving if one.item is not None})


def expected(person: int, arriving: Sequence[SeenPosition]) -> Item:
    """Say who a person is by the contract of the tables: the first position in its order."""
    positions = last_known(person, arriving)
    open_ones = {key: one for key, one in positions.items() if one.at is None}
    latest = max((one.at for one in positions.values() if one.at), default=None)
    candidates = open_ones or {k: one for k, one in positions.items() if one.at == latest}
    main = min(candidates, key=lambda key: _rank(key, candidates[key].item))
    return {
        "hemis_id": person,
        "full_name": candidates[main].item["full_name"],
        "meta_id": candidates[main].item.get("meta_id"),
        "removed_at": candidates[main].at,
        "tutor_groups": groups(one.item["tutorGroups"] for one in open_ones.values()),
    }


def last_known(person: int, arriving: Sequence[SeenPosition]) -> dict[str, ClosedPosition]:
    positions: dict[str, ClosedPosition] = {}
    for second, one in enumerate(arriving, 1):
        if one.person != person:
            continue
        if one.item is not None:
            positions[one.key] = ClosedPosition(one.item)
        elif one.key in positions and positions[one.key].at is None:
            at = datetime.fromtimestamp(second, UTC)
            positions[one.key] = positions[one.key]._replace(at=at)
    return positions


def _rank(key: str, item: Item) -> tuple[bool, bool, float, str]:
    works = item["active"] is not False and item["employeeStatus"] == {"code": "11"}
    is_main = item["employmentForm"]["code"] == "11"
    return not works, not is_main, item.get("meta_id", float("inf")), key


def groups(listed: Iterable[list[Item] | None]) -> list[int] | None:
    known = [tutored for tutored in listed if tutored is not None]
    return sorted({group["id"] for tutored in known for group in tutored}) if known else None


def shown(row: Item) -> Item:
    names = ("hemis_id", "full_name", "meta_id", "removed_at")
    tutored = json.loads(row["tutor_groups"] or "null")
    ids = None if tutored is None else [group["id"] for group in tutored]
    return {name: row[name] for name in names} | {"tutor_groups": ids}
