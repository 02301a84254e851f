"""``hemis`` as a script uses it: arguments in, standard output and an exit code out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from libs.cli.app import main
from tests.integration.cli.fake_gateway import FakeGateway, running_gateway

pytestmark = pytest.mark.integration

ACCEPTED = {
    "syncId": "s-1",
    "resource": "students",
    "status": "requested",
    "message": "Requested: waiting for the fetcher to begin it",
}
COMPLETED = {
    **ACCEPTED,
    "status": "completed",
    "complete": True,
    "message": "Completed",
    "processedRecords": 10,
    "durationSeconds": 1.5,
}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    with running_gateway() as gateway:
        monkeypatch.setenv("GATEWAY_URL", gateway.url)
        monkeypatch.delenv("HEMIS_API_KEY", raising=False)
        yield gateway


def test_a_sync_is_requested_with_an_idempotency_key(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["POST /api/hemis/sync/students"] = (202, ACCEPTED)

    code = main(["sync", "students", "--incremental", "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out) == ACCEPTED
    request = gateway.requests[0]
    assert request.path == "/api/hemis/sync/students?mode=incremental"
    assert request.headers["Idempotency-Key"]


@pytest.mark.parametrize(
    ("end", "code"), [({}, 0), ({"complete": False}, 65), ({"status": "failed"}, 1)]
)
def test_waiting_returns_the_exit_code_of_the_sync(
    end: dict[str, object], code: int, gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["POST /api/hemis/sync/students"] = (202, ACCEPTED)
    gateway.answers["GET /api/hemis/syncs/s-1"] = (200, {**COMPLETED, **end})

    assert main(["sync", "students", "--wait"]) == code

    assert "students" in capsys.readouterr().out


def test_a_refusal_is_json_on_stdout_and_a_sentence_on_stderr(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"code": "sync_active", "detail": "Sync s-0 is already active.", "syncId": "s-0"}
    gateway.answers["POST /api/hemis/sync/students"] = (409, problem)

    assert main(["sync", "students", "--json"]) == 1

    printed = capsys.readouterr()
    assert json.loads(printed.out) == problem
    assert printed.err == "ERROR Sync s-0 is already active. (sync_active)\n"


def test_an_unconfirmed_request_advises_to_repeat_it_with_the_same_key(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"code": "not_confirmed", "detail": "Kafka has not confirmed.", "status": 503}
    gateway.answers["POST /api/hemis/sync/students"] = (503, problem)

    assert main(["sync", "students", "--idempotency-key", "nightly"]) == 69

    assert "--idempotency-key nightly" in capsys.readouterr().err


def test_a_person_is_synced_by_id_number(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    synced = {"syncId": "s-2", "hemisId": 50421, "outcome": "updated"}
    gateway.answers["POST /api/hemis/sync/student"] = (200, synced)

    assert main(["sync", "student", "--student-id-number", "326251200658"]) == 0

    assert capsys.readouterr().out == "student 50421: updated\n"
    assert gateway.requests[0].body == {"student_id_number": "326251200658"}


def test_a_list_can_be_named_instead_of_its_newest_sync(gateway: FakeGateway) -> None:
    gateway.answers["GET /api/hemis/progress/students"] = (200, COMPLETED)
    gateway.answers["POST /api/hemis/syncs/s-1/cancel"] = (202, ACCEPTED)

    assert main(["cancel", "students"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync"],
        ["sync", "pupils"],
        ["sync", "student"],
        ["sync", "student", "--hemis-id", "none"],
        ["history", "--limit", "0"],
        ["progress", "--follow"],
        ["dead-letters", "retry"],
        ["no-such-command"],
    ],
)
def test_a_wrong_command_line_exits_with_64_and_sends_no_request(
    arguments: list[str], gateway: FakeGateway
) -> None:
    assert main(arguments) == 64
    assert gateway.requests == []


def test_without_arguments_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "dead-letters" in capsys.readouterr().out


def test_a_refused_api_key_exits_with_78(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["GET /api/hemis/schedule"] = (401, {"code": "key", "detail": "No key."})

    assert main(["schedule"]) == 78
    assert "--key-file" in capsys.readouterr().err


def test_the_key_of_a_file_is_sent_but_never_printed(
    gateway: FakeGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "key"
    file.write_text("kálit-1\n", encoding="utf-8")

    main(["schedule", "--key-file", str(file)])

    header = gateway.requests[0].headers["Authorization"]
    assert header.encode("latin-1").decode() == "Bearer kálit-1"
    printed = capsys.readouterr()
    assert "kálit-1" not in printed.out + printed.err


@pytest.mark.parametrize(
    ("answer", "code"),
    [((200, "<html>hello</html>"), "gateway_not_ours"), ((302, ""), "gateway_not_ours")],
)
def test_a_server_that_is_not_a_gateway_exits_with_69(
    answer: tuple[int, object],
    code: str,
    gateway: FakeGateway,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gateway.answers["GET /api/hemis/schedule"] = answer

    assert main(["schedule", "--json"]) == 69
    assert json.loads(capsys.readouterr().out)["code"] == code


@pytest.mark.parametrize("arguments", [["doctor"], ["schedule"], ["history"]])
def test_an_unreachable_gateway_exits_with_69_and_advice(
    arguments: list[str], free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--url", f"http://127.0.0.1:{free_port()}"]) == 69

    printed = capsys.readouterr().err
    assert "gateway_refuses_connection" in printed
    assert "make run" in printed


def test_an_address_without_a_scheme_exits_with_78() -> None:
    assert main(["schedule", "--url", "localhost:3000"]) == 78
