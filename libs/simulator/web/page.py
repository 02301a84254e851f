"""The page at ``/``: says what this is, so that nobody takes these people for real ones."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from typing import get_args

from libs.simulator.faults import STAGES, Endpoint
from libs.simulator.hemis import SimulatedHemis

_PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def page(hemis: SimulatedHemis, address: str) -> str:
    return _PAGE.substitute(
        students=len(hemis.rosters["students"]),
        employees=len(hemis.rosters["employees"]),
        departments=len(hemis.rosters["departments"]),
        seed=hemis.seed,
        token=escape(hemis.token),
        address=escape(address),
        kinds=_options(STAGES),
        endpoints=_options(get_args(Endpoint)),
    )


def _options(names: Iterable[str]) -> str:
    return "".join(f"<option>{name}</option>" for name in names)
