"""Which faults strike which requests, the rate limit, the log and the command line."""

import os

import msgspec
import pytest

from libs.simulator.command_line import parse_arguments
from libs.simulator.faults import STAGES, Fault, FaultBoard
from libs.simulator.traffic import LoggedRequest, RateLimit, RequestLog


def board(*faults: Fault) -> FaultBoard:
    made = FaultBoard()
    for fault in faults:
        made.add(fault)
    return made


def test_a_fault_for_anything_strikes_for_ever() -> None:
    faults = board(Fault(kind="status"))

    for page in (1, 2, 3):
        assert faults.due("student-list", page)
        assert faults.due("employee-list", page)


def test_a_fault_strikes_only_its_endpoint_and_page() -> None:
    faults = board(Fault(kind="status", endpoint="student-list", page=3))

    assert faults.due("student-list", 3)
    assert not faults.due("student-list", 4)
    assert not faults.due("employee-list", 3)


def test_a_fault_is_spent() -> None:
    faults = board(Fault(kind="html", times=2))

    struck = [bool(faults.due("student-info", 1)) for _ in range(3)]

    assert struck == [True, True, False]
    assert faults.in_force() == ()


def test_one_answer_fault_strikes_a_request_and_the_next_waits() -> None:
    faults = board(Fault(kind="html", times=1), Fault(kind="status", times=1))

    kinds = [faults.due("student-list", 1)["answer"].kind for _ in range(2)]

    assert kinds == ["html", "status"]


def test_faults_of_different_stages_strike_together() -> None:
    faults = board(*(Fault(kind=kind) for kind in ("latency", "wrong_total", "truncate")))

    assert set(faults.due("student-list", 1)) == {"wait", "list", "send"}


def test_a_fault_strikes_from_a_request_on() -> None:
    faults = board(Fault(kind="reset", endpoint="student-list", request=3, times=2))
    faults.due("employee-list", 1)

    struck = [bool(faults.due("student-list", page)) for page in (1, 2, 3, 4, 5)]

    assert struck == [False, False, True, True, False]


def test_a_share_of_the_requests_is_struck_and_the_same_ones_again() -> None:
    def struck() -> list[bool]:
        faults = board(Fault(kind="reset", share=0.2))
        return [bool(faults.due("student-list", 1)) for _ in range(1000)]

    assert 150 < sum(struck()) < 250
    assert struck() == struck()


@pytest.mark.parametrize("share", [0, 1.1, -1])
def test_a_share_is_more_than_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "html", "share": share}, Fault)


def test_cleared_faults_strike_no_more() -> None:
    faults = board(Fault(kind="status"))

    faults.clear()

    assert not faults.due("student-list", 1)


@pytest.mark.parametrize("kind", STAGES)
def test_every_kind_can_be_asked_for(kind: str) -> None:
    assert msgspec.convert({"kind": kind}, Fault).kind == kind


@pytest.mark.parametrize(
    "fault", [{"kind": "fire"}, {"kind": "html", "times": 0}, {"kind": "html", "pages": 1}, {}]
)
def test_a_fault_that_is_none_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fault, Fault)


def test_ten_requests_a_second_and_address_are_accepted() -> None:
    times = iter([*[0.0] * 11, 0.5, 0.99, 1.0])
    limit = RateLimit(lambda: next(times))

    accepted = [limit.accepts("127.0.0.1", 10) for _ in range(14)]

    assert accepted == [True] * 10 + [False] * 3 + [True]


def test_addresses_do_not_share_a_limit() -> None:
    limit = RateLimit(lambda: 0.0)

    assert [limit.accepts(address, 1) for address in ("a", "b", "a")] == [True, True, False]


def test_the_log_remembers_the_last_and_counts_all() -> None:
    log = RequestLog(remembered=2)
    for status in (200, 503, 200):
        log.add(LoggedRequest("/rest/v1/data/student-list", "page=1", 1.0, 2.0, status))

    assert [request.status for request in log.last(10)] == [503, 200]
    assert log.last(1) == log.last(2)[1:]
    assert log.last(0) == []
    assert log.summary()["by_status"] == {200: 2, 503: 1}


def test_the_command_line_has_the_guides_defaults() -> None:
    arguments = parse_arguments([])

    assert (arguments.host, arguments.port, arguments.token) == ("127.0.0.1", 8800, "simulator")
    assert (arguments.students, arguments.employees) == (23_238, 1_900)


@pytest.mark.parametrize(
    "words",
    [
        "--port 65536",
        "--port x",
        "--students -1",
        "--employees many",
        "--seed 1.5",
        "--token ‘",
        "--unknown",
        "start",
    ],
)
def test_a_wrong_command_line_exits_with_64(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_arguments(words.split())

    assert stopped.value.code == os.EX_USAGE == 64
    assert "error:" in capsys.readouterr().err
