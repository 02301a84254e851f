"""The command as a script uses it: words in, standard output and an exit code out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from libs.cli.app import main
from tests.integration.cli.fake_gateway import Standin, standin_gateway

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
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with standin_gateway() as standin:
        monkeypatch.setenv("GATEWAY_URL", standin.url)
        monkeypatch.delenv("HEMIS_API_KEY", raising=False)
        yield standin


def test_a_sync_is_started_under_a_key_of_its_own(
    gateway: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["POST /api/hemis/sync/students"] = (202, ACCEPTED)

    code = main(["sync", "students", "--incremental", "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out) == ACCEPTED
    _, path, headers, _ = gateway.asked[0]
    assert path == "/api/hemis/sync/students?mode=incremental"
    assert headers["Idempotency-Key"]


@pytest.mark.parametrize(
    ("end", "code"), [({}, 0), ({"complete": False}, 65), ({"status": "failed"}, 1)]
)
def test_waiting_ends_with_the_code_of_the_sync(
    end: dict[str, object], code: int, gateway: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["POST /api/hemis/sync/students"] = (202, ACCEPTED)
    gateway.answers["GET /api/hemis/syncs/s-1"] = (200, {**COMPLETED, **end})

    assert main(["sync", "students", "--wait"]) == code

    assert "students" in capsys.readouterr().out


def test_an_active_sync_is_told_in_a_sentence(
    gateway: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"code": "sync_active", "detail": "Sync s-0 is already active.", "syncId": "s-0"}
    gateway.answers["POST /api/hemis/sync/students"] = (409, problem)

    assert main(["sync", "students", "--json"]) == 1

    said = capsys.readouterr()
    assert json.loads(said.out) == problem
    assert said.err == "ERROR Sync s-0 is already active. (sync_active)\n"


def test_an_unconfirmed_request_names_the_key_to_ask_with_again(
    gateway: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"code": "not_confirmed", "detail": "Kafka has not confirmed.", "status": 503}
    gateway.answers["POST /api/hemis/sync/students"] = (503, problem)

    assert main(["sync", "students", "--idempotency-key", "nightly"]) == 69

    assert "--idempotency-key nightly" in capsys.readouterr().err


def test_a_person_is_synced_by_number(gateway: Standin, capsys: pytest.CaptureFixture[str]) -> None:
    synced = {"syncId": "s-2", "hemisId": 50421, "outcome": "updated"}
    gateway.answers["POST /api/hemis/sync/student"] = (200, synced)

    assert main(["sync", "student", "--student-id-number", "326251200658"]) == 0

    assert capsys.readouterr().out == "student 50421: updated\n"
    assert gateway.asked[0][3] == {"student_id_number": "326251200658"}


def test_a_resource_stands_for_its_newest_sync(gateway: Standin) -> None:
    gateway.answers["GET /api/hemis/progress/students"] = (200, COMPLETED)
    gateway.answers["POST /api/hemis/syncs/s-1/cancel"] = (202, ACCEPTED)

    assert main(["cancel", "students"]) == 0


@pytest.mark.parametrize(
    "words",
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
def test_a_wrong_command_line_is_64(words: list[str], gateway: Standin) -> None:
    assert main(words) == 64
    assert gateway.asked == []


def test_no_words_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "dead-letters" in capsys.readouterr().out


def test_a_key_that_is_refused_is_wrong_configuration(
    gateway: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["GET /api/hemis/schedule"] = (401, {"code": "key", "detail": "No key."})

    assert main(["schedule"]) == 78
    assert "--key-file" in capsys.readouterr().err


def test_the_key_of_a_file_is_sent_and_never_shown(
    gateway: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "key"
    file.write_text("kálit-1\n", encoding="utf-8")

    main(["schedule", "--key-file", str(file)])

    sent = gateway.asked[0][2]["Authorization"]
    assert sent.encode("latin-1").decode() == "Bearer kálit-1"
    said = capsys.readouterr()
    assert "kálit-1" not in said.out + said.err


@pytest.mark.parametrize(
    ("answer", "code"),
    [((200, "<html>hello</html>"), "gateway_not_ours"), ((302, ""), "gateway_not_ours")],
)
def test_another_server_is_not_taken_for_the_gateway(
    answer: tuple[int, object],
    code: str,
    gateway: Standin,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gateway.answers["GET /api/hemis/schedule"] = answer

    assert main(["schedule", "--json"]) == 69
    assert json.loads(capsys.readouterr().out)["code"] == code


@pytest.mark.parametrize("words", [["doctor"], ["schedule"], ["history"]])
def test_a_gateway_that_is_away_is_69_with_what_to_do(
    words: list[str], free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--url", f"http://127.0.0.1:{free_port()}"]) == 69

    said = capsys.readouterr().err
    assert "gateway_refuses_connection" in said
    assert "make run" in said


def test_an_address_that_is_none_is_wrong_configuration() -> None:
    assert main(["schedule", "--url", "localhost:3000"]) == 78
