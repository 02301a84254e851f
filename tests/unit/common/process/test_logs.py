"""One line an event, as text or JSON."""

import json
import logging
import re
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.process.logs import JsonLines, TextLines, configure_logs

AT = 1_795_395_625.9


def record(
    text: str, *values: object, level: int = logging.INFO, **extra: Any
) -> logging.LogRecord:
    made = logging.getLogger("sample").makeRecord(
        "sample", level, __file__, 1, text, values, None, extra=extra
    )
    made.created = AT
    return made


def crashed(error: Exception) -> logging.LogRecord:
    made = record("crashed", level=logging.ERROR)
    made.exc_info = (type(error), error, None)
    return made


def test_a_log_line_has_time_level_text_and_extras() -> None:
    line = TextLines().format(
        record("HEMIS students page %d/%d fetched", 25, 465, records=50, sync="a-sync")
    )

    assert line == (
        "2026-11-23T01:00:25Z INFO  HEMIS students page 25/465 fetched records=50 sync=a-sync"
    )


@pytest.mark.parametrize(
    ("level", "word"),
    [(logging.DEBUG, "DEBUG "), (logging.WARNING, "WARNING "), (logging.ERROR, "ERROR ")],
)
def test_a_line_names_its_level(level: int, word: str) -> None:
    assert (
        TextLines()
        .format(record("text", level=level))
        .startswith(f"2026-11-23T01:00:25Z {word}text")
    )


@pytest.mark.parametrize("character", [*map(chr, range(32)), "\x7f", "\x85", "\x9b", "\u2028"])
def test_no_value_can_forge_a_line_or_colour_the_terminal(character: str) -> None:
    forged = f"{character}2026-11-23T01:00:26Z ERROR HEMIS is gone"

    line = TextLines().format(record("unknown word %s", forged, word=forged))

    assert character not in line
    assert line.splitlines() == [line]
    assert line.count("HEMIS is gone") == 2


def test_letters_of_names_are_not_escaped() -> None:
    assert "Oʻgʻiloy — Ўғилой" in TextLines().format(record("Oʻgʻiloy — Ўғилой"))


def test_an_error_line_has_the_reason_before_the_traceback() -> None:
    first, *rest = TextLines().format(crashed(ValueError("no page\nnext"))).splitlines()

    assert first.endswith(r"ERROR crashed error=ValueError: no page\nnext")
    assert "ValueError: no page" in rest


def test_a_json_line_is_one_object_with_the_same_extras() -> None:
    line = JsonLines().format(record("HEMIS page %d", 3, records=50, word="a\nb"))

    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-11-23T01:00:25Z",
        "level": "INFO",
        "message": "HEMIS page 3",
        "records": 50,
        "word": "a\nb",
    }


def test_a_json_line_holds_its_exception() -> None:
    line = JsonLines().format(crashed(ValueError("no page")))

    assert "\n" not in line
    assert "ValueError: no page" in json.loads(line)["exception"]


@pytest.mark.parametrize("form", [TextLines(), JsonLines()])
def test_a_secret_that_is_logged_by_mistake_is_masked(form: logging.Formatter) -> None:
    line = form.format(record("token %s", SecretStr("hush"), token=SecretStr("hush")))

    assert "hush" not in line
    assert "**********" in line


@pytest.fixture
def restored_logging() -> Any:
    root, kafka = logging.getLogger(), logging.getLogger("aiokafka")
    before = root.level, root.handlers[:], kafka.level
    yield
    root.handlers[:] = before[1]
    root.setLevel(before[0])
    kafka.setLevel(before[2])


@pytest.mark.usefixtures("restored_logging")
def test_logs_go_to_standard_output_from_their_level_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("text", "WARNING")

    logging.getLogger("sample").info("too quiet")
    logging.getLogger("sample").warning("loud enough")

    output = capsys.readouterr()
    assert re.fullmatch(r"\S+ WARNING loud enough\n", output.out)
    assert output.err == ""


@pytest.mark.usefixtures("restored_logging")
def test_aiokafka_logs_no_outages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("text", "DEBUG")

    logging.getLogger("aiokafka.conn").error("connection refused")

    assert capsys.readouterr().out == ""
