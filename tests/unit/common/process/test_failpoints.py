"""Fail-points are off unless a test says otherwise."""

import signal
from pathlib import Path

import pytest

from libs.common.errors import ConfigurationError
from libs.common.process.failpoints import NEVER, FailPoint, FailPointSettings, parse
from libs.common.process.settings import load_settings


def test_a_fail_point_is_a_signal_a_place_and_a_time() -> None:
    assert parse("SIGSTOP@after-stage#3") == FailPoint("after-stage", signal.SIGSTOP, 3)


@pytest.mark.parametrize("text", ["after-stage", "SIGTERM@after-stage#1", "SIGKILL@after-stage#0"])
def test_another_form_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMIS_FAIL_POINT", text)

    with pytest.raises(ConfigurationError, match="HEMIS_FAIL_POINT"):
        load_settings(FailPointSettings)


@pytest.mark.usefixtures("bare_environment")
def test_nothing_is_set_by_itself_and_nothing_happens_then() -> None:
    point = parse(load_settings(FailPointSettings).hemis_fail_point)

    point.reached("after-stage")

    assert point == NEVER


def test_a_file_of_settings_cannot_set_one(bare_environment: Path) -> None:
    (bare_environment / ".env").write_text("HEMIS_FAIL_POINT=SIGKILL@after-stage#1\n")

    assert load_settings(FailPointSettings).hemis_fail_point == ""


def test_other_places_and_earlier_times_are_passed_by() -> None:
    point = parse("SIGKILL@after-stage#2")

    point.reached("after-poll")
    point.reached("after-stage")

    assert point.times == 1
