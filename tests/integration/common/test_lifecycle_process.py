"""How a process starts and ends, seen from outside."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path

import pytest

from tests.integration.common.running_program import Program, running

pytestmark = pytest.mark.integration

SECRET = "correct-horse"  # noqa: S105 — an invented one
NOBODY = "127.0.0.1:9"
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def sample_service(
    folder: Path, way: str, **variables: str
) -> AbstractAsyncContextManager[Program]:
    known = {"SAMPLE_TOKEN": SECRET, "KAFKA_BOOTSTRAP_SERVERS": NOBODY}
    return running(
        folder, "-m", "tests.integration.common.sample_service", way, **(known | variables)
    )


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_process_that_is_asked_to_stop_finishes_and_exits_with_zero(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with sample_service(tmp_path, "stops_when_asked") as program:
        await program.said("working")
        program.signal(number)

        assert await program.ended() == 0

    assert program.output.splitlines()[-2:][0].endswith("stopping")
    assert program.output.rstrip().endswith("cleaned up")


async def test_more_signals_change_nothing_until_the_end(tmp_path: Path) -> None:
    async with sample_service(tmp_path, "waits_for_kafka") as program:
        await program.said("waiting for kafka")
        program.signal(signal.SIGINT)
        with suppress(ProcessLookupError):
            while True:
                program.signal(signal.SIGTERM)
                await asyncio.sleep(0.001)

        assert await program.ended() == 0

    assert program.output.count("stopping") == 1


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_process_that_waits_for_kafka_stops_too(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with sample_service(tmp_path, "waits_for_kafka") as program:
        await program.said("waiting for kafka: KafkaConnectionError")
        program.signal(number)

        assert await program.ended() == 0

    assert "ERROR" not in program.output
    assert program.errors == ""


async def test_remaining_tasks_are_cancelled_at_the_end_of_the_grace_period(tmp_path: Path) -> None:
    async with sample_service(tmp_path, "ignores_the_stop", STOP_GRACE_SECONDS="1") as program:
        await program.said("working")
        program.signal(signal.SIGTERM)

        # What is left would go on for an hour.
        assert await program.ended() == 0

    assert "WARNING stopped at the end of the grace period" in program.output


async def test_a_crash_of_one_task_is_logged_and_ends_the_process(tmp_path: Path) -> None:
    async with sample_service(tmp_path, "fails") as program:
        assert await program.ended() == 1

    assert "ERROR crashed" in program.output
    assert "ValueError: invented failure" in program.output


async def test_a_setting_that_turns_out_wrong_later_is_named(tmp_path: Path) -> None:
    async with sample_service(tmp_path, "finds_a_wrong_setting") as program:
        assert await program.ended() == 78

    assert program.errors == "ERROR SAMPLE_PORT: 9000 is taken\n"


async def test_all_wrong_settings_are_named_at_once_and_none_is_repeated(tmp_path: Path) -> None:
    wrong = {"SAMPLE_PORT": SECRET, "KAFKA_PARTITIONS": "0", "LOG_FORMAT": "xml"}

    async with sample_service(tmp_path, "stops_when_asked", **wrong) as program:
        assert await program.ended() == 78

    assert program.errors.startswith("ERROR wrong configuration:\n")
    for name in wrong:
        assert f"\n  {name}: " in program.errors
    assert SECRET not in program.errors + program.output


async def test_log_format_json_writes_json_lines(tmp_path: Path) -> None:
    async with sample_service(tmp_path, "fails", LOG_FORMAT="json") as program:
        assert await program.ended() == 1

    assert all(line.startswith('{"time":') for line in program.output.splitlines())
