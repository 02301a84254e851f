"""Logs one line for each event to standard output, as text or JSON.

Write ``logger.info("HEMIS students page fetched", extra={"page": 3})``: the extras follow the
text as ``page=3``.
"""

import logging
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Literal

import msgspec
from typing_extensions import override

from libs.common.process.log_masking import MaskingFormatter

# A line break in a value would forge a log line, and an escape sequence would reach the terminal.
_VISIBLE = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def configure_logs(
    form: Literal["text", "json"], level: str, secrets: Collection[str] = ()
) -> None:
    """Configure all loggers of the process, libraries included: one format, secrets masked."""
    handler = logging.StreamHandler(sys.stdout)
    lines = JsonLines() if form == "json" else TextLines()
    handler.setFormatter(MaskingFormatter(lines, secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # They log an outage several times a second; Readiness logs it once.
    for name in ("aiokafka", "asyncpg"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _stamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _reason(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"


class TextLines(logging.Formatter):
    """``2026-11-23T01:00:25Z INFO  HEMIS students page 25/465 fetched records=50``."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" {name}={value}" for name, value in _extras(record).items())
        line = f"{_stamp(record)} {record.levelname:<5} {record.getMessage()}{extras}"
        if not record.exc_info:
            return line.translate(_VISIBLE)
        # `grep ERROR` finds only this line, so it has the reason; the traceback follows below.
        reason = f" error={_reason(record.exc_info[1])}"
        return f"{line}{reason}".translate(_VISIBLE) + "\n" + self.formatException(record.exc_info)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _stamp(record),
            "level": record.levelname,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()
