"""Every route of the gateway."""

import re

from fastapi.routing import iter_route_contexts

from libs.common.clock import SystemClock
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.app import Gateway
from services.gateway.settings import GatewaySettings


def routes() -> list[tuple[str, str]]:
    """List method and address of every route, in the contract or not."""
    settings = GatewaySettings(_env_file=None)
    gateway = Gateway(settings, Readiness((), Stop()), InMemoryBroker(), SystemClock())
    found = iter_route_contexts(gateway.application().routes)
    return [
        (method, re.sub(r"{resource}", "students", route.path).replace("{", "").replace("}", ""))
        for route in found
        for method in route.methods or ()
        if route.path is not None
    ]
