"""``hemis erase`` as a script and as a person use it."""

import io
import json
from collections.abc import Iterator

import pytest

from libs.cli.app import main
from tests.integration.cli.fake_gateway import Standin, standin_gateway

pytestmark = pytest.mark.integration

ERASED = {
    "erasureId": "e-1",
    "resource": "students",
    "state": "erased",
    "requestedBy": "ops",
    "requestedTime": 1_698_345_600_000,
    "erasedTime": 1_698_345_600_100,
    "records": 1,
    "message": "Erased: 1 key. No sync and no rebuild brings them back",
    "hemisId": 50421,
}
POST = "POST /api/hemis/erasures/student"


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with standin_gateway() as standin:
        monkeypatch.setenv("GATEWAY_URL", standin.url)
        standin.answers[POST] = (200, ERASED)
        yield standin


def test_a_script_says_yes(gateway: Standin, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", "student", "--hemis-id", "50421", "--yes", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == ERASED
    assert gateway.asked[0][3] == {"hemis_id": 50421, "confirm": "erase"}


@pytest.mark.parametrize(
    ("typed", "code", "asked"), [("50421\n", 0, 1), ("5042\n", 1, 0), ("", 1, 0)]
)
def test_a_person_types_the_id_once_more(
    typed: str, code: int, asked: int, gateway: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    assert main(["erase", "student", "--hemis-id", "50421"]) == code

    assert len(gateway.asked) == asked


@pytest.mark.parametrize("words", [[], ["--hemis-id", "1", "--employee-id-number", "2"]])
def test_exactly_one_name_is_wanted(words: list[str], gateway: Standin) -> None:
    assert main(["erase", "employee", "--yes", *words]) == 64
    assert gateway.asked == []


def test_erasures_are_listed(gateway: Standin, capsys: pytest.CaptureFixture[str]) -> None:
    listed = {name: value for name, value in ERASED.items() if name != "hemisId"}
    gateway.answers["GET /api/hemis/erasures"] = (200, {"items": [listed], "next": "1.e-1"})

    assert main(["erase", "list"]) == 0

    said = capsys.readouterr()
    assert "students   erased  by ops" in said.out
    assert "e-1" in said.out
    assert said.err == "more: --before 1.e-1\n"
