from libs.cli.display import Lines
from libs.cli.progress import Progress
from libs.common.contracts.resources import Resource

STUDENTS = Resource.STUDENTS


def _progress(processed: int, status: str = "running") -> Progress:
    return Progress("a-sync", status, f"at {processed}", 100, processed)


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_changes_are_written_at_most_once_a_second() -> None:
    lines: list[str] = []
    clock = FakeClock()
    display = Lines(lines.append, clock)

    for now, processed in ((0.0, 10), (0.5, 20), (1.0, 20), (2.5, 20)):
        clock.now = now
        display.show(STUDENTS, _progress(processed))

    assert [line.split()[1] for line in lines] == ["10/100", "20/100"]


def test_the_end_of_a_sync_is_written_at_once() -> None:
    lines: list[str] = []
    display = Lines(lines.append, FakeClock())

    display.show(STUDENTS, _progress(99))
    display.show(STUDENTS, _progress(100, "completed"))

    assert len(lines) == 2


def test_the_limit_of_one_line_a_second_holds_for_each_resource() -> None:
    lines: list[str] = []
    display = Lines(lines.append, FakeClock())

    display.show(STUDENTS, _progress(1))
    display.show(Resource.EMPLOYEES, _progress(1))

    assert len(lines) == 2
