"""The number of open dead letters, counted at each scrape."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from libs.common.contracts.resources import Resource
from services.gateway.dead_letters.index import DeadLetterIndex


class DeadLetterCollector(Collector):
    """Yields no samples until the topic was read."""

    def __init__(self, index: DeadLetterIndex) -> None:
        self._index = index

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "hemis_gateway_dead_letters", "Open dead letters", labels=["resource"]
        )
        if self._index.caught_up:
            counted = Counter(dead_letter.resource for dead_letter in self._index)
            for resource in Resource:
                family.add_metric([resource], counted[resource])
        yield family
