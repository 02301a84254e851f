"""How many dead letters are on the desk, counted at each look."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from libs.common.contracts.resources import Resource
from services.gateway.dead_letters.index import DeadLetterIndex


class DeskCollector(Collector):
    """Nothing is shown before the topic is read."""

    def __init__(self, letters: DeadLetterIndex) -> None:
        self._letters = letters

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "hemis_gateway_dead_letters", "Dead letters nobody has dealt with", labels=["resource"]
        )
        if self._letters.caught_up:
            counted = Counter(letter.resource for letter in self._letters)
            for resource in Resource:
                family.add_metric([resource], counted[resource])
        yield family
