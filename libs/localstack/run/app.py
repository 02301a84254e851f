"""``make run`` from start to end."""

from rich.console import Console

from libs.cli.display import open_display
from libs.cli.text import summary_lines
from libs.common.contracts.resources import SCHEDULED
from libs.common.process.lifecycle import EXIT_CRASHED, EXIT_STOPPED
from libs.localstack.folder import LocalFolder
from libs.localstack.run.follow import Ends, sync_all, wait_ready
from libs.localstack.run.gateway import Gateway
from libs.localstack.run.plan import (
    GATEWAY_PORT,
    Plan,
    Ports,
    addresses,
    choose_ports,
    environment,
    gateway_url,
)
from libs.localstack.run.programs import open_programs
from libs.localstack.run.watch import Watch
from libs.localstack.stack import Stack, open_stack


async def run(plan: Plan, console: Console) -> int:
    """Serve until cancelled, or with ``once`` until the syncs ended. Return the exit code.

    Raises:
        LocalStackError: something cannot be had, or a program died; everything is stopped.
    """
    console.print(f"Starting PostgreSQL and Kafka; data and logs are in {plan.folder}")
    async with open_stack(plan.folder, plan.settings) as stack:
        ports = choose_ports(plan.folder, plan.settings)
        LocalFolder(plan.folder).write_addresses(addresses(stack, plan.settings, ports))
        return await _serve(plan, stack, ports, console)


async def _serve(plan: Plan, stack: Stack, ports: Ports, console: Console) -> int:
    url = gateway_url(plan.settings, ports)
    if ports.gateway not in {plan.settings.gateway_port, GATEWAY_PORT}:
        console.print(f"Port {GATEWAY_PORT} is in use by another program; taking {ports.gateway}")
    told = environment(stack, plan.settings, ports)
    async with (
        open_programs(plan, ports, told) as running,
        Gateway(url, plan.settings.gateway_key()) as gateway,
    ):
        watch = Watch((stack, running))
        await wait_ready(gateway, watch)
        with open_display(console) as display:
            ends = await sync_all(gateway, watch, display)
        _report(ends, url, console)
        if not plan.once:
            console.print("Serving until Ctrl-C")
        while not plan.once:
            await watch.tick()
    return EXIT_STOPPED if _people_completed(ends) else EXIT_CRASHED


def _people_completed(ends: Ends) -> bool:
    """Only students and employees decide the exit code; a token may lack other lists."""
    return all(end.status == "completed" for resource, end in ends.items() if resource.number_field)


def _report(ends: Ends, url: str, console: Console) -> None:
    for resource in SCHEDULED:
        for line in summary_lines(resource, ends[resource]):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Dashboard: {url}/")
