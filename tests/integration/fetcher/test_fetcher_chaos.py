"""A sample of ``make chaos``: whole bad days of HEMIS, each with what must come of it."""

import pytest

from benchmarks.chaos.__main__ import run
from benchmarks.chaos.oracle import Oracle
from benchmarks.chaos.plans import random_plan
from libs.common.contracts.words import Outcome

pytestmark = pytest.mark.integration

SAMPLE = range(1, 13)


async def test_every_bad_day_ends_as_its_oracle_says() -> None:
    assert await run(SAMPLE, together=6) == {}


def test_the_sample_holds_every_end_a_sync_can_have() -> None:
    verdicts = [Oracle(random_plan(seed)).verdict() for seed in SAMPLE]

    ends = {(verdict.outcome, bool(verdict.failed_pages)) for verdict in verdicts}
    assert ends == {
        (Outcome.COMPLETED, False),
        (Outcome.COMPLETED, True),
        (Outcome.FAILED, False),
        (Outcome.FAILED, True),
    }
