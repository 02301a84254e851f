from libs.cli.display import Lines
from libs.cli.progress import Progress
from libs.cli.summary import summary
from libs.common.contracts.resources import Resource

STUDENTS = Resource.STUDENTS


def _progress(processed: int, status: str = "running") -> Progress:
    return Progress("a-sync", status, f"at {processed}", 100, processed)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_is_written_per_change_and_at_most_one_a_second() -> None:
    written: list[str] = []
    clock = Clock()
    lines = Lines(written.append, clock)

    for now, processed in ((0.0, 10), (0.5, 20), (1.0, 20), (2.5, 20)):
        clock.now = now
        lines.show(STUDENTS, _progress(processed))

    assert [line.split()[1] for line in written] == ["10/100", "20/100"]


def test_the_end_is_written_at_once() -> None:
    written: list[str] = []
    lines = Lines(written.append, Clock())

    lines.show(STUDENTS, _progress(99))
    lines.show(STUDENTS, _progress(100, "completed"))

    assert len(written) == 2


def test_each_resource_has_its_own_second() -> None:
    written: list[str] = []
    lines = Lines(written.append, Clock())

    lines.show(STUDENTS, _progress(1))
    lines.show(Resource.EMPLOYEES, _progress(1))

    assert len(written) == 2


def test_a_complete_sync_is_summed_up_in_one_line() -> None:
    end = Progress("a-sync", "completed", processed_records=2000, inserted=2000, complete=True)

    assert summary(STUDENTS, end) == [
        "students   completed and complete in 0.0 s: 2,000 records "
        "(2,000 inserted, 0 updated, 0 unchanged, 0 rejected), 0 errors"
    ]


def test_an_incomplete_sync_says_so_and_shows_its_first_errors() -> None:
    errors = [f"page {page}: 500" for page in range(7)]
    end = Progress("a-sync", "completed", complete=False, missing=350, errors=errors)

    first, *others = summary(STUDENTS, end)

    assert "not complete (350 missing)" in first
    assert others[0] == "  page 0: 500"
    assert others[-1] == "  … and 2 more at /api/hemis/progress/students"


def test_a_failed_sync_says_why() -> None:
    end = Progress("a-sync", "failed", message="HEMIS refused the token")

    assert "failed (HEMIS refused the token)" in summary(STUDENTS, end)[0]
