"""Readiness names the server that is away."""

import pytest
from prometheus_client import CollectorRegistry

from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import OK, Readiness
from services.loader.errors import DatabaseAway
from services.loader.loading.outages import Outages
from services.loader.metrics import Metrics


@pytest.mark.parametrize(
    ("error", "away", "other"),
    [
        (KafkaUnavailable("no answer"), KAFKA, POSTGRES),
        (DatabaseAway("no answer"), POSTGRES, KAFKA),
    ],
)
async def test_readiness_names_the_server_that_is_away_at_the_start(
    error: TransientError, away: str, other: str
) -> None:
    readiness = Readiness((KAFKA, POSTGRES), Stop())
    seen: list[dict[str, str]] = []

    async def step() -> str:
        seen.append(readiness.states())
        if len(seen) == 1:
            raise error
        return "read"

    outages = Outages(readiness, Metrics(CollectorRegistry()))

    assert await outages.wait_for_both(step) == "read"
    assert seen[1][away] == "no answer"
    assert seen[1][other] != "no answer"
    assert readiness.states() == {KAFKA: OK, POSTGRES: OK}
