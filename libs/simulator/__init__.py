"""A HEMIS to try things on: invented people, real paging, faults that can be switched.

``running_simulator(SimulatedHemis(2_000, 300))`` serves one inside a program;
``python -m libs.simulator`` serves one for everybody.
"""

from libs.simulator.app import create_app, running_simulator
from libs.simulator.behaviour import Behaviour, Midnight
from libs.simulator.faults import Fault
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.records import RecordsChange, apply_change

__all__ = [
    "Behaviour",
    "Fault",
    "Midnight",
    "RecordsChange",
    "SimulatedHemis",
    "apply_change",
    "create_app",
    "running_simulator",
]
