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
from tests.scenarios.fetcher.fetcher_in_memory import EMPLOYEES, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import position, student

SYNC = "the-sync"


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]
    stage.hemis.items[EMPLOYEES] = [position(7, 701), position(7, 702), position(8, 801)]


def of_student(hemis_id: int, *, tombstone: bool = True) -> MissingRecord:
    number = str(student(hemis_id)["student_id_number"])
    return MissingRecord(key=str(hemis_id), id_number=number, tombstone=tombstone)


def of_position(hemis_id: int, meta_id: int, *, tombstone: bool = True) -> MissingRecord:
    number = str(position(hemis_id, 1)["employee_id_number"])
    return MissingRecord(key=f"{hemis_id}:{meta_id}", id_number=number, tombstone=tombstone)


def ask(stage: Stage, *records: MissingRecord, resource: Resource = STUDENTS) -> None:
    common = stage._common(resource, {"sync_id": SYNC})
    stage.send(ConfirmMissing(**common, records=records))


async def answers(stage: Stage, count: int) -> list[MissingConfirmed]:
    await stage.until(lambda: len(stage.events(MissingConfirmed)) >= count)
    return stage.events(MissingConfirmed)


def values(stage: Stage, resource: Resource = STUDENTS) -> dict[str, bytes | None]:
    return {(r.key or b"").decode(): r.value for r in stage.records(resource)}


async def test_a_person_hemis_does_not_have_becomes_a_tombstone_in_its_own_partition(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        ask(stage, of_student(99))
        (answer,) = await answers(stage, 1)

    record = stage.records()[0]
    headers = dict(record.headers)
    assert (answer.keys, answer.tombstones, answer.present) == (("99",), ("99",), ())
    assert (record.key, record.value) == (b"99", None)
    assert headers["sync_id"] == SYNC.encode()
    assert answer.asked_at == stage.checkpoint().last_ce_time
    assert stage.hemis.calls[-1].filters["_student_status"] == "-1"


async def test_without_the_wish_for_a_tombstone_it_is_only_answered(stage: Stage) -> None:
    async with stage.fetcher():
        ask(stage, of_student(99, tombstone=False))
        (answer,) = await answers(stage, 1)

    assert (answer.keys, answer.tombstones) == (("99",), ())
    assert answer.asked_at > 0
    assert stage.records() == []


async def test_a_person_whom_hemis_still_has_is_published_as_present(stage: Stage) -> None:
    async with stage.fetcher():
        ask(stage, of_student(5))
        (answer,) = await answers(stage, 1)

    assert (answer.present, answer.keys, answer.tombstones) == (("5",), (), ())
    assert msgspec.json.decode(values(stage)["5"] or b"") == student(5)


async def test_a_position_is_closed_where_the_person_has_others(stage: Stage) -> None:
    async with stage.fetcher():
        ask(stage, of_position(7, 799, tombstone=False), resource=EMPLOYEES)
        (answer,) = await answers(stage, 1)

    found = values(stage, EMPLOYEES)
    assert (answer.keys, answer.tombstones) == (("7:799",), ("7:799",))
    assert found["7:799"] is None
    assert None not in (found["7:701"], found["7:702"])


async def test_all_positions_of_a_person_are_settled_with_one_search(stage: Stage) -> None:
    async with stage.fetcher():
        ask(stage, *(of_position(9, n) for n in (901, 902, 903)), resource=EMPLOYEES)
        (answer,) = await answers(stage, 1)

    assert answer.keys == ("9:901", "9:902", "9:903")
    assert len(stage.hemis.calls) == 1


@pytest.mark.parametrize("number", ["", "0", "  "])
async def test_an_empty_number_is_never_definite_and_not_even_searched(
    stage: Stage, number: str
) -> None:
    async with stage.fetcher():
        ask(stage, MissingRecord(key="99", id_number=number, tombstone=True))
        (answer,) = await answers(stage, 1)

    assert (answer.undecided, answer.keys) == (("99",), ())
    assert stage.hemis.calls == []


async def test_an_outage_counts_as_nothing_and_the_next_command_asks_again(stage: Stage) -> None:
    stage.hemis.fail(STUDENTS, 1, HemisUnavailable("HTTP 503"))
    async with stage.fetcher():
        ask(stage, of_student(98), of_student(99))
        await stage.until(lambda: len(stage.hemis.calls) >= 4)
        await stage.until(lambda: stage.clock.monotonic() > 60)
        assert len(stage.hemis.calls) == 4
        assert (stage.events(MissingConfirmed), stage.records()) == ([], [])

        stage.hemis.heal()
        ask(stage, of_student(98), of_student(99))
        found = await answers(stage, 2)

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
    stage: Stage, error: Any, answered: list[tuple[str, ...]]
) -> None:
    stage.hemis.fail(STUDENTS, 1, error, times=1 if isinstance(error, HemisRejected) else 4)
    async with stage.fetcher():
        ask(stage, of_student(98), of_student(99))
        await answers(stage, len(answered))
        await stage.until(lambda: stage.clock.monotonic() > 60)

    assert [answer.keys for answer in stage.events(MissingConfirmed)] == answered


async def test_while_one_command_is_worked_on_a_repeated_one_is_left_to_be_repeated(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        ask(stage, of_student(98), of_student(99))
        ask(stage, of_student(98), of_student(99))
        await answers(stage, 2)
        await stage.until(lambda: stage.clock.monotonic() > 60)

    assert len(stage.hemis.calls) == 2


async def test_asking_runs_between_the_pages_of_a_sync(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await stage.until(lambda: stage.hemis.pages_asked(STUDENTS))
        ask(stage, of_student(99))
        await answers(stage, 1)
        assert stage.checkpoint().sync is not None
        decision = await stage.decided(sync_id)

    spans = sorted((call.began, call.ended) for call in stage.hemis.calls)
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(spans))
    assert (decision.missing, decision.distinct) == (0, 35)


async def test_an_expired_command_is_not_carried_out(stage: Stage) -> None:
    async with stage.fetcher():
        common = stage._common(STUDENTS, {"sync_id": SYNC, "expires_at": 1})
        stage.send(ConfirmMissing(**common, records=(of_student(99),)))
        await stage.decided(stage.start())

    assert stage.events(MissingConfirmed) == []


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


def test_who_is_found_in_an_incomplete_answer_is_present_all_the_same() -> None:
    wanted = WantedPerson(1, "390000000001", (of_student(1),))

    verdict = judge(STUDENTS, wanted, _page(student(1), total=7))

    assert (verdict.present, verdict.undecided) == (("1",), ())
