"""Start a sync of every scheduled resource and follow them to their ends."""

import asyncio

from libs.cli.display import Display
from libs.cli.progress import Progress
from libs.common.contracts.resources import SCHEDULED, Resource
from libs.localstack.errors import StackUnavailable
from libs.localstack.run.gateway import Gateway
from libs.localstack.run.watch import Watch

_READY_SECONDS = 90.0

Ends = dict[Resource, Progress]


async def wait_ready(gateway: Gateway, watch: Watch) -> None:
    """Raise StackUnavailable when the gateway is not ready in time."""
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while not await gateway.is_ready():
                await watch.tick()
    except TimeoutError:
        said = await gateway.readiness() or "nothing"
        raise StackUnavailable(
            f"The gateway is not ready after {_READY_SECONDS:g} s; its /readyz says {said}"
        ) from None


async def sync_all(gateway: Gateway, watch: Watch, display: Display) -> Ends:
    """Raise GatewayRefused when a sync cannot be started."""
    syncs = {resource: await _start(gateway, watch, resource) for resource in SCHEDULED}
    ends: Ends = {}
    while len(ends) < len(syncs):
        for resource in [resource for resource in syncs if resource not in ends]:
            progress = await gateway.progress(resource)
            if progress is None or progress.sync_id != syncs[resource]:
                continue
            display.show(resource, progress)
            if progress.ended:
                ends[resource] = progress
        await watch.tick()
    return ends


async def _start(gateway: Gateway, watch: Watch, resource: Resource) -> str:
    while (sync_id := await gateway.start_sync(resource)) is None:
        await watch.tick()
    return sync_id
