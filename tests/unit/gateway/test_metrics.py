"""Metrics of alerts and dead letters."""

from prometheus_client import CollectorRegistry

from libs.common.contracts.enums import Outcome
from services.gateway.alerts.conditions import AlertRules
from services.gateway.alerts.metrics import AlertCollector
from services.gateway.dead_letters.metrics import DeadLetterCollector
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_dead_letters import DeadLettersInMemory, dead_letter, without_id
from tests.unit.gateway.sample_messages import HOUR, fetched, started

ALERT = "hemis_gateway_alert"
DEAD_LETTERS_METRIC = "hemis_gateway_dead_letters"


async def test_the_metric_is_one_for_an_active_alert_and_zero_for_all_others() -> None:
    gateway, registry = await FakeGateway().open(), CollectorRegistry()
    registry.register(AlertCollector(AlertRules("hemis", 26 * HOUR), gateway.view))
    await gateway.receive(started(), fetched(Outcome.FAILED))

    def shown(alert: str, resource: str) -> float | None:
        return registry.get_sample_value(ALERT, {"alert": alert, "resource": resource})

    assert (shown("failed", "students"), shown("failed", "employees")) == (1, 0)
    assert shown("stale", "students") == 0
    gateway.view.caught_up = False
    assert shown("failed", "students") is None


async def test_open_dead_letters_are_counted() -> None:
    dead_letters, registry = await DeadLettersInMemory().open(), CollectorRegistry()
    registry.register(DeadLetterCollector(dead_letters.index))
    dead_letters.add(dead_letter(1), dead_letter(2), without_id())

    def shown(resource: str) -> float | None:
        return registry.get_sample_value(DEAD_LETTERS_METRIC, {"resource": resource})

    assert (shown("students"), shown("employees")) == (3, 0)
    dead_letters.index.caught_up = False
    assert shown("students") is None
