"""Fail-points are off unless a test says otherwise."""

import signal
from pathlib import Path

import pytest

from libs.common.errors import ConfigurationError
from libs.common.process.failpoints import NEVER, FailPoint, FailPointSettings, parse
from libs.common.process.settings import load_settings


def test_a_fail_point_has_a_signal_a_name_and_a_count() -> None:
    assert parse("SIGSTOP@after-stage#3") == FailPoint("after-stage", signal.SIGSTOP, 3)


@pytest.mark.parametrize("text", ["after-stage", "SIGTERM@after-stage#1", "SIGKILL@after-stage#0"])
def test_a_malformed_fail_point_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMIS_FAIL_POINT", text)

    with pytest.raises(ConfigurationError, match="HEMIS_FAIL_POINT"):
        load_settings(FailPointSettings)


@pytest.mark.usefixtures("bare_environment")
def test_without_the_variable_no_fail_point_is_set() -> None:
    point = parse(load_settings(FailPointSettings).hemis_fail_point)

    point.reached("after-stage")

    assert point == NEVER


def test_an_env_file_cannot_set_a_fail_point(bare_environment: Path) -> None:
    (bare_environment / ".env").write_text("HEMIS_FAIL_POINT=SIGKILL@after-stage#1\n")

    assert load_settings(FailPointSettings).hemis_fail_point == ""


def test_other_points_and_earlier_times_send_no_signal() -> None:
    point = parse("SIGKILL@after-stage#2")

    point.reached("after-poll")
    point.reached("after-stage")

    assert point.times == 1
