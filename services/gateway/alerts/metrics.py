"""Metrics of alerts; judged at each scrape, so they work while fetcher and loader are down."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from libs.common.contracts.resources import Resource
from services.gateway.alerts.conditions import AlertKind, AlertRules
from services.gateway.live.live_view import LiveView


def deliveries_counter(registry: CollectorRegistry) -> Counter:
    """Return the metric of deliveries; outcomes are ``told``, ``refused`` and ``given_up``."""
    name = "hemis_gateway_webhook_deliveries"
    return Counter(
        name, "Attempts to deliver an alert to the webhook", ["outcome"], registry=registry
    )


class AlertCollector(Collector):
    """Yields no samples until the topics are read."""

    def __init__(self, rules: AlertRules, view: LiveView) -> None:
        self._rules = rules
        self._view = view

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "hemis_gateway_alert", "1 while the alert is active", labels=["alert", "resource"]
        )
        if self._view.caught_up:
            alerts = self._rules.alerts(self._view.projection, self._view.now())
            active = {(one.kind, one.resource) for one in alerts.values()}
            for kind in AlertKind:
                for resource in Resource:
                    family.add_metric([kind, resource], float((kind, resource) in active))
        yield family
