"""Start a sync of every scheduled resource and follow them to their ends."""

import asyncio

from libs.cli.display import Display
from libs.cli.progress import Progress
from libs.common.contracts.resources import SCHEDULED, Resource
from libs.localstack.errors import StackUnavailable
from libs.localstack.run.gateway import Gateway, RequestedSync
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
    """Sync every scheduled resource, and return how each sync ended.

    A sync that was active already continues. If it fails, a new one is started: it may have begun
    at an address of HEMIS that is no longer the one of this run.

    Raises:
        GatewayRefused: a sync cannot be started.
    """
    syncs = {resource: await _start(gateway, watch, resource) for resource in SCHEDULED}
    ends: Ends = {}
    while len(ends) < len(syncs):
        for resource in [resource for resource in syncs if resource not in ends]:
            progress = await gateway.progress(resource)
            if progress is None or progress.sync_id != syncs[resource].sync_id:
                continue
            display.show(resource, progress)
            if progress.status == "failed" and syncs[resource].was_active:
                syncs[resource] = await _start(gateway, watch, resource)
            elif progress.ended:
                ends[resource] = progress
        await watch.tick()
    return ends


async def _start(gateway: Gateway, watch: Watch, resource: Resource) -> RequestedSync:
    while (sync := await gateway.start_sync(resource)) is None:
        await watch.tick()
    return sync
