"""The simulator put together: one aiohttp application, and a way to run it inside a program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.simulator.hemis import SimulatedHemis
from libs.simulator.web.control import ControlApi, control_errors
from libs.simulator.web.health import health_routes
from libs.simulator.web.page import page
from libs.simulator.web.rest import RestApi

_LARGEST_BODY = 64 * 1024 * 1024
# A client that waits in a latency fault must not hold up a stop.
_STOP_SECONDS = 1.0


def create_app(hemis: SimulatedHemis) -> web.Application:
    async def front(request: web.Request) -> web.Response:
        address = f"{request.scheme}://{request.host}"
        return web.Response(text=page(hemis, address), content_type="text/html")

    control = web.Application(middlewares=[control_errors], client_max_size=_LARGEST_BODY)
    control.add_routes(ControlApi(hemis).routes())
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.add_subapp("/control/", control)
    app.add_routes([web.get("/", front), *health_routes(hemis), *RestApi(hemis).routes()])
    return app


@asynccontextmanager
async def running_simulator(
    hemis: SimulatedHemis, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve while the context is open and give the base address; port 0 = a free one.

    Raises:
        OSError: the port is taken, or the address is not this machine's.
    """
    runner = web.AppRunner(
        create_app(hemis),
        access_log=None,
        shutdown_timeout=_STOP_SECONDS,
        # A client that went away is noted at once, not when its answer would have been ready.
        handler_cancellation=True,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
