from pathlib import Path

import pytest

from libs.localstack.__main__ import main
from libs.localstack.run.settings import RunSettings

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def an_empty_folder_and_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in RunSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_wrong_command_line_is_64(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--onec"]) == 64
    assert "--once" in capsys.readouterr().err


def test_wrong_settings_are_78_and_all_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "many")
    monkeypatch.setenv("STOP_GRACE_SECONDS", "-1")

    assert main([]) == 78

    said = capsys.readouterr().err
    assert "GATEWAY_PORT" in said
    assert "STOP_GRACE_SECONDS" in said


def test_a_database_that_is_away_is_69(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://hemis:hemis@127.0.0.1:1/hemis")

    assert main(["--once"]) == 69
    assert "127.0.0.1:1, which DATABASE_URL names" in capsys.readouterr().err
