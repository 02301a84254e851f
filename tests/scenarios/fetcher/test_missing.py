"""What a sync did not see is asked for; only a definite "not found" counts."""

import itertools
from typing import Any

import msgspec
import pytest

from libs.common.contracts.commands import ConfirmMissing, MissingRecord
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.resources import Resource
from services.fetcher.fetching.missing_evidence import WantedPerson, judge
from services.fetcher.hemis.errors import HemisMalformed, HemisRejected, HemisUnavailable
from services.fetcher.hemis.page import Page
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student

SYNC = "the-sync"


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]
    system.hemis.items[EMPLOYEES] = [position(7, 701), position(7, 702), position(8, 801)]


def of_student(hemis_id: int, *, tombstone: bool = True) -> MissingRecord:
    number = str(student(hemis_id)["student_id_number"])
    return MissingRecord(key=str(hemis_id), id_number=number, tombstone=tombstone)


def of_position(hemis_id: int, meta_id: int, *, tombstone: bool = True) -> MissingRecord:
    number = str(position(hemis_id, 1)["employee_id_number"])
    return MissingRecord(key=f"{hemis_id}:{meta_id}", id_number=number, tombstone=tombstone)


def ask(system: FetcherSystem, *records: MissingRecord, resource: Resource = STUDENTS) -> None:
    common = system._common(resource, {"sync_id": SYNC})
    system.send(ConfirmMissing(**common, records=records))


async def answers(system: FetcherSystem, count: int) -> list[MissingConfirmed]:
    await system.until(lambda: len(system.events(MissingConfirmed)) >= count)
    return system.events(MissingConfirmed)


def values(system: FetcherSystem, resource: Resource = STUDENTS) -> dict[str, bytes | None]:
    return {(r.key or b"").decode(): r.value for r in system.records(resource)}


async def test_a_person_hemis_does_not_have_becomes_a_tombstone_in_its_own_partition(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        ask(system, of_student(99))
        (answer,) = await answers(system, 1)

    record = system.records()[0]
    headers = dict(record.headers)
    assert (answer.keys, answer.tombstones, answer.present) == (("99",), ("99",), ())
    assert (record.key, record.value) == (b"99", None)
    assert headers["sync_id"] == SYNC.encode()
    assert answer.asked_at == system.checkpoint().last_ce_time
    assert system.hemis.calls[-1].filters["_student_status"] == "-1"


async def test_without_a_request_for_a_tombstone_none_is_published(system: FetcherSystem) -> None:
    async with system.fetcher():
        ask(system, of_student(99, tombstone=False))
        (answer,) = await answers(system, 1)

    assert (answer.keys, answer.tombstones) == (("99",), ())
    assert answer.asked_at > 0
    assert system.records() == []


async def test_a_person_whom_hemis_still_has_is_published_as_present(system: FetcherSystem) -> None:
    async with system.fetcher():
        ask(system, of_student(5))
        (answer,) = await answers(system, 1)

    assert (answer.present, answer.keys, answer.tombstones) == (("5",), (), ())
    assert msgspec.json.decode(values(system)["5"] or b"") == student(5)


async def test_a_position_is_closed_where_the_person_has_others(system: FetcherSystem) -> None:
    async with system.fetcher():
        ask(system, of_position(7, 799, tombstone=False), resource=EMPLOYEES)
        (answer,) = await answers(system, 1)

    found = values(system, EMPLOYEES)
    assert (answer.keys, answer.tombstones) == (("7:799",), ("7:799",))
    assert found["7:799"] is None
    assert None not in (found["7:701"], found["7:702"])


async def test_all_positions_of_a_person_are_settled_with_one_search(system: FetcherSystem) -> None:
    async with system.fetcher():
        ask(system, *(of_position(9, n) for n in (901, 902, 903)), resource=EMPLOYEES)
        (answer,) = await answers(system, 1)

    assert answer.keys == ("9:901", "9:902", "9:903")
    assert len(system.hemis.calls) == 1


@pytest.mark.parametrize("number", ["", "0", "  "])
async def test_an_empty_number_is_never_definite_and_not_even_searched(
    system: FetcherSystem, number: str
) -> None:
    async with system.fetcher():
        ask(system, MissingRecord(key="99", id_number=number, tombstone=True))
        (answer,) = await answers(system, 1)

    assert (answer.undecided, answer.keys) == (("99",), ())
    assert system.hemis.calls == []


async def test_an_outage_is_no_answer_and_the_next_command_looks_up_again(
    system: FetcherSystem,
) -> None:
    system.hemis.fail(STUDENTS, 1, HemisUnavailable("HTTP 503"))
    async with system.fetcher():
        ask(system, of_student(98), of_student(99))
        await system.until(lambda: len(system.hemis.calls) >= 4)
        await system.until(lambda: system.clock.monotonic() > 60)
        assert len(system.hemis.calls) == 4
        assert (system.events(MissingConfirmed), system.records()) == ([], [])

        system.hemis.heal()
        ask(system, of_student(98), of_student(99))
        found = await answers(system, 2)

    assert [answer.keys for answer in found] == [("98",), ("99",)]


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        (HemisMalformed("no page"), [("99",)]),
        (HemisRejected(422, "…"), [(), ("99",)]),
        (HemisRejected(403, "…"), []),
    ],
)
async def test_one_answer_that_proves_nothing_keeps_only_a_token_from_the_others(
    system: FetcherSystem, error: Any, answered: list[tuple[str, ...]]
) -> None:
    system.hemis.fail(STUDENTS, 1, error, times=1 if isinstance(error, HemisRejected) else 4)
    async with system.fetcher():
        ask(system, of_student(98), of_student(99))
        await answers(system, len(answered))
        await system.until(lambda: system.clock.monotonic() > 60)

    assert [answer.keys for answer in system.events(MissingConfirmed)] == answered


async def test_while_a_confirm_missing_runs_another_one_is_ignored(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        ask(system, of_student(98), of_student(99))
        ask(system, of_student(98), of_student(99))
        await answers(system, 2)
        await system.until(lambda: system.clock.monotonic() > 60)

    assert len(system.hemis.calls) == 2


async def test_look_ups_of_missing_records_run_between_the_pages_of_a_sync(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: system.hemis.pages_asked(STUDENTS))
        ask(system, of_student(99))
        await answers(system, 1)
        assert system.checkpoint().sync is not None
        decision = await system.decided(sync_id)

    spans = sorted((call.began, call.ended) for call in system.hemis.calls)
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(spans))
    assert (decision.missing, decision.distinct) == (0, 35)


async def test_an_expired_command_is_not_carried_out(system: FetcherSystem) -> None:
    async with system.fetcher():
        common = system._common(STUDENTS, {"sync_id": SYNC, "expires_at": 1})
        system.send(ConfirmMissing(**common, records=(of_student(99),)))
        await system.decided(system.start())

    assert system.events(MissingConfirmed) == []


def _page(*items: dict[str, Any], total: int | None = None, **fields: Any) -> Page:
    shown = len(items) if total is None else total
    texts = tuple(map(msgspec.json.encode, items))
    return Page(1, fields.pop("page_count", 1), shown, texts, **{"is_vouched_for": True} | fields)


@pytest.mark.parametrize(
    ("page", "definite"),
    [
        (_page(), True),
        (_page(page_count=0), True),
        (_page(student(1)), True),
        (_page(is_vouched_for=False), False),
        (_page(total=1), False),
        (_page(student(1), total=2), False),
        (_page(student(1), total=201, page_count=2), False),
        (_page({"id": None, "student_id_number": "390000000099"}), False),
        (_page({"student_id_number": "390000000099"}), False),
    ],
)
def test_not_found_is_definite_only_in_an_answer_that_holds_all_it_counts(
    page: Page,
    definite: bool,  # noqa: FBT001 — what is expected
) -> None:
    verdict = judge(STUDENTS, WantedPerson(99, "390000000099", (of_student(99),)), page)

    assert (verdict.gone, verdict.undecided) == ((("99",), ()) if definite else ((), ("99",)))


def test_a_person_found_in_an_incomplete_answer_is_present() -> None:
    wanted = WantedPerson(1, "390000000001", (of_student(1),))

    verdict = judge(STUDENTS, wanted, _page(student(1), total=7))

    assert (verdict.present, verdict.undecided) == (("1",), ())
