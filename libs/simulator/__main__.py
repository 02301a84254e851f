"""``python -m libs.simulator``: serve until SIGTERM or SIGINT."""

import asyncio
import signal
import sys
from datetime import UTC, datetime

from libs.simulator.app import running_simulator
from libs.simulator.command_line import Arguments, parse_arguments
from libs.simulator.hemis import SimulatedHemis


def main() -> int:
    arguments = parse_arguments()
    try:
        asyncio.run(_serve(arguments))
    except OSError as error:
        sys.stderr.write(f"ERROR cannot listen on {arguments.host}:{arguments.port}: {error}\n")
        return 1
    return 0


async def _serve(arguments: Arguments) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    hemis = SimulatedHemis(arguments.students, arguments.employees, arguments.seed, arguments.token)
    async with running_simulator(hemis, arguments.host, arguments.port) as address:
        _say(f"simulator ready at {address} token={arguments.token} (invented people)")
        await stop.wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} INFO  {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
