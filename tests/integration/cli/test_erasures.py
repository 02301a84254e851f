"""``hemis erase``, as a script and as a person use it."""

import io
import json
from collections.abc import Iterator

import pytest

from libs.cli.app import main
from tests.integration.cli.fake_gateway import FakeGateway, running_gateway

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
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    with running_gateway() as gateway:
        monkeypatch.setenv("GATEWAY_URL", gateway.url)
        gateway.answers[POST] = (200, ERASED)
        yield gateway


def test_with_yes_nothing_is_asked(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", "student", "--hemis-id", "50421", "--yes", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == ERASED
    assert gateway.requests[0].body == {"hemis_id": 50421, "confirm": "erase"}


@pytest.mark.parametrize(
    ("typed", "code", "requests"), [("50421\n", 0, 1), ("5042\n", 1, 0), ("", 1, 0)]
)
def test_without_yes_the_id_must_be_typed_again(
    typed: str, code: int, requests: int, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    assert main(["erase", "student", "--hemis-id", "50421"]) == code

    assert len(gateway.requests) == requests


@pytest.mark.parametrize("arguments", [[], ["--hemis-id", "1", "--employee-id-number", "2"]])
def test_exactly_one_id_must_be_given(arguments: list[str], gateway: FakeGateway) -> None:
    assert main(["erase", "employee", "--yes", *arguments]) == 64
    assert gateway.requests == []


def test_erasures_are_listed(gateway: FakeGateway, capsys: pytest.CaptureFixture[str]) -> None:
    listed = {name: value for name, value in ERASED.items() if name != "hemisId"}
    gateway.answers["GET /api/hemis/erasures"] = (200, {"items": [listed], "next": "1.e-1"})

    assert main(["erase", "list"]) == 0

    printed = capsys.readouterr()
    assert "students   erased  by ops" in printed.out
    assert "e-1" in printed.out
    assert printed.err == "more: --before 1.e-1\n"
