"""A simulated HEMIS of a university small enough to look at every person."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from libs.simulator.answers import Answers
from libs.simulator.behaviour import Behaviour
from libs.simulator.faults import Endpoint, Skew
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.invented.employees import Employees
from libs.simulator.invented.students import Students

Ask = Callable[..., Any]


@pytest.fixture
def hemis() -> SimulatedHemis:
    return SimulatedHemis(students=250, employees=230, seed=7)


@pytest.fixture
def ask(hemis: SimulatedHemis) -> Ask:
    """``ask(endpoint, **query)`` gives the ``data`` of the answer."""

    def asked(endpoint: Endpoint, wrong_by: int = 0, **query: object) -> Any:
        texts = {name: str(value) for name, value in query.items()}
        body = Answers(hemis).by_endpoint[endpoint](texts, Skew(total=wrong_by))
        return msgspec.json.decode(body)["data"]

    return asked


@pytest.fixture
def every(ask: Ask) -> Ask:
    """``every(endpoint, **query)`` gives the items of all pages."""

    def asked(endpoint: Endpoint, **query: object) -> list[Any]:
        first = ask(endpoint, limit=200, **query)
        rest = range(2, first["pagination"]["pageCount"] + 1)
        pages = [first, *(ask(endpoint, limit=200, page=page, **query) for page in rest)]
        return [item for page in pages for item in page["items"]]

    return asked


@pytest.fixture(scope="module")
def students() -> list[dict[str, Any]]:
    population = Students(3, Behaviour())
    return [population.item(n) for n in range(2_000)]


@pytest.fixture(scope="module")
def positions() -> list[dict[str, Any]]:
    population = Employees(3, Behaviour())
    return [population.item(n) for n in range(2_000)]
