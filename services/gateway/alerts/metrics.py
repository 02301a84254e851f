"""Alerts as Prometheus sees them: judged anew at each look, so fetcher and loader may be off."""

from collections.abc import Iterator
from typing import Literal

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from libs.common.contracts.resources import Resource
from services.gateway.alerts.conditions import AlertKind
from services.gateway.alerts.publisher import AlertRules
from services.gateway.live.live_view import LiveView


class Deliveries:
    """Counts what became of each attempt to tell the webhook."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            "hemis_gateway_webhook_deliveries",
            "Attempts to tell the webhook of an alert",
            ["outcome"],
            registry=registry,
        )

    def count(self, outcome: Literal["told", "refused", "given_up"]) -> None:
        self._counter.labels(outcome).inc()


class AlertCollector(Collector):
    """Nothing is shown before the topics are read."""

    def __init__(self, watch: AlertRules, view: LiveView) -> None:
        self._watch = watch
        self._view = view

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "hemis_gateway_alert", "1: this needs a person", labels=["alert", "resource"]
        )
        if self._view.caught_up:
            raised = {(one.kind, one.resource) for one in self._watch.alerts(self._view).values()}
            for kind in AlertKind:
                for resource in Resource:
                    family.add_metric([kind, resource], float((kind, resource) in raised))
        yield family
