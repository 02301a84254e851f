"""Whatever is logged by mistake, a secret is not in the line."""

import logging

import pytest
from pydantic import SecretStr

from libs.common.process.log_masking import MASK, MaskingFormatter, secrets_of
from libs.common.process.logs import JsonLines, TextLines
from libs.common.process.settings import ServiceSettings
from services.gateway.settings import GatewaySettings

CANARY = 'hush"kanarienvogel\\ü'


@pytest.fixture(params=[TextLines(), JsonLines()], ids=["text", "json"])
def lines(request: pytest.FixtureRequest) -> logging.Formatter:
    return MaskingFormatter(request.param, [CANARY])


def record(text: str, **extra: object) -> logging.LogRecord:
    return logging.getLogger("sample").makeRecord(
        "sample", logging.INFO, __file__, 1, text, (), None, extra=extra
    )


def test_a_known_secret_is_masked_anywhere_in_a_line(lines: logging.Formatter) -> None:
    crash = record(f"text {CANARY}", fact=f"a fact {CANARY}")
    error = ValueError(f"no {CANARY}")
    crash.exc_info = (ValueError, error, None)

    line = lines.format(crash)

    assert "kanarienvogel" not in line
    assert line.count(MASK) >= 3


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer kanarienvogel", "Bearer"),
        ("cannot reach postgresql://hemis:kanarienvogel@db:5432/hemis", "@db:5432/hemis"),
        ("proxy http://:kanarienvogel@proxy:3128", "@proxy:3128"),
    ],
)
def test_text_that_looks_like_a_secret_is_masked(
    lines: logging.Formatter, text: str, kept: str
) -> None:
    line = lines.format(record(text))

    assert "kanarienvogel" not in line
    assert kept in line


def test_other_text_is_not_masked(lines: logging.Formatter) -> None:
    text = "HEMIS students page 25/465 from https://student.example.uz:8443/rest/v1/"

    assert text in lines.format(record(text))


def test_every_secret_setting_and_each_key_of_a_list_is_a_secret() -> None:
    settings = GatewaySettings(
        gateway_api_keys=SecretStr("it:kanarienvogel-one,board:kanarienvogel-two:read"),
        alert_webhook_secret=SecretStr("kanarienvogel-three"),
    )

    known = secrets_of(settings)

    assert {f"kanarienvogel-{number}" for number in ("one", "two", "three")} <= set(known)


def test_empty_and_short_secrets_mask_nothing() -> None:
    settings = ServiceSettings(kafka_sasl_password=SecretStr(""))

    line = MaskingFormatter(TextLines(), [*secrets_of(settings), "a"]).format(record("a banana"))

    assert line.endswith("a banana")
