import pytest

from libs.cli.commands.syncs import exit_code_of
from libs.cli.errors import FAILED, NOT_COMPLETE, OK
from libs.cli.progress import Progress


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (Progress("a", "completed", complete=True), OK),
        (Progress("a", "completed", complete=False), NOT_COMPLETE),
        (Progress("a", "failed"), FAILED),
        (Progress("a", "cancelled"), FAILED),
    ],
)
def test_the_exit_code_shows_how_a_sync_ended(end: Progress, code: int) -> None:
    assert exit_code_of(end) == code
