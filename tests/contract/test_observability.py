"""What Prometheus and Grafana are told to look at is what the services show."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/hemis-sync.json"
# Of Prometheus itself, and of every process.
COMMON = {"up", "process_start_time_seconds", "process_resident_memory_bytes"}
SERIES_OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


def metrics_of(queries: str) -> set[str]:
    found = re.findall(r"\b(?:hemis|process)_[a-z_]+|\bup\b", queries)
    return {SERIES_OF_A_HISTOGRAM.sub("", name) for name in found}


def queries_of_the_dashboard() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


@pytest.mark.parametrize(
    "queries",
    [
        "\n".join(re.findall(r"expr: (.*)", RULES.read_text())),
        "\n".join(queries_of_the_dashboard()),
    ],
    ids=["alerts", "dashboard"],
)
def test_every_query_asks_for_a_metric_that_is_documented(queries: str) -> None:
    documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/metrics.md").read_text(), re.M))

    assert metrics_of(queries)
    assert metrics_of(queries) <= documented | COMMON


def test_every_alert_of_prometheus_is_played_by_a_test() -> None:
    alerts = re.findall(r"alert: (\w+)", RULES.read_text())
    played = (ROOT / "deploy/prometheus/alerts_test.yml").read_text()

    assert [name for name in alerts if f"alertname: {name}" not in played] == []
