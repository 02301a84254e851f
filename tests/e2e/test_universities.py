"""Universities side by side: one Kafka, one PostgreSQL, nothing shared."""

from pathlib import Path

import pytest

from tests.e2e.costs import idle_percent, measured, report
from tests.e2e.universities import assert_nothing_is_shared, running_universities, sync_all

pytestmark = pytest.mark.e2e


@pytest.mark.timeout(180)
async def test_two_universities_do_not_touch_each_other(
    tmp_path: Path, bootstrap_servers: str, database_url: str, topic_prefix: str
) -> None:
    # One name begins with the other, as those of a university and its branch may.
    prefixes = [topic_prefix, f"{topic_prefix}-branch"]

    async with running_universities(tmp_path, bootstrap_servers, database_url, prefixes) as both:
        ends = await sync_all(both, 60)

        assert all(end["complete"] for end in ends)
        await assert_nothing_is_shared(both, prefixes)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_ten_universities_sync_at_once_each_equal_to_its_own_oracle(
    tmp_path: Path,
    bootstrap_servers: str,
    database_url: str,
    topic_prefix: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prefixes = [f"{topic_prefix}-{number}" for number in range(1, 11)]

    async with running_universities(tmp_path, bootstrap_servers, database_url, prefixes) as ten:
        idle, percent = await measured(ten), await idle_percent(ten)
        ends = await sync_all(ten, 600)
        after = await measured(ten)

        assert all(end["complete"] for end in ends)
        await assert_nothing_is_shared(ten, prefixes)
    with capsys.disabled():
        report(
            len(ten),
            idle,
            percent,
            after,
            slowest_seconds=max(end["durationSeconds"] for end in ends),
        )
