"""What Prometheus sees of the gateway."""

from prometheus_client import CollectorRegistry

from libs.common.contracts.enums import Outcome
from services.gateway.alerts.metrics import AlertCollector
from services.gateway.alerts.publisher import AlertRules
from services.gateway.dead_letters.metrics import DeskCollector
from tests.unit.gateway.fake_gateway import House
from tests.unit.gateway.sample_dead_letters import Morgue, dead, without_id
from tests.unit.gateway.sample_messages import HOUR, fetched, started

ALERT = "hemis_gateway_alert"
LETTERS = "hemis_gateway_dead_letters"


async def test_an_alert_is_one_and_all_others_are_zero() -> None:
    house, registry = await House().open(), CollectorRegistry()
    registry.register(AlertCollector(AlertRules("hemis", 26 * HOUR), house.view))
    await house.hear(started(), fetched(Outcome.FAILED))

    def shown(alert: str, resource: str) -> float | None:
        return registry.get_sample_value(ALERT, {"alert": alert, "resource": resource})

    assert (shown("failed", "students"), shown("failed", "employees")) == (1, 0)
    assert shown("stale", "students") == 0
    house.view.caught_up = False
    assert shown("failed", "students") is None


async def test_letters_on_the_desk_are_counted() -> None:
    morgue, registry = await Morgue().open(), CollectorRegistry()
    registry.register(DeskCollector(morgue.letters))
    morgue.bury(dead(1), dead(2), without_id())

    def shown(resource: str) -> float | None:
        return registry.get_sample_value(LETTERS, {"resource": resource})

    assert (shown("students"), shown("employees")) == (3, 0)
    morgue.letters.caught_up = False
    assert shown("students") is None
