"""A sample of ``make chaos``: whole bad days of HEMIS, each with what must come of it."""

import pytest

from benchmarks.chaos.__main__ import kind_of, run
from benchmarks.chaos.plans import random_plan

pytestmark = pytest.mark.integration

SAMPLE = range(12, 24)


async def test_every_random_plan_ends_as_its_oracle_expects() -> None:
    assert await run(SAMPLE, concurrency=6) == {}


def test_the_sample_contains_every_kind_of_plan() -> None:
    kinds = {kind_of(random_plan(seed)) for seed in SAMPLE}

    assert kinds == {
        "completed",
        "completed, incomplete",
        "failed",
        "failed, incomplete",
        "moving",
        "wrong totals",
    }
