"""``python -m benchmarks [--records N] [--rounds N] [--pages N] [--only …] [--uncounted]``."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.latency import measure_latency
from benchmarks.loading import CANDIDATES, Plan, measure_loading
from benchmarks.testbed import Testbed
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack


async def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="hemis-bench-") as folder:
        async with open_stack(Path(folder), StackSettings()) as stack:
            testbed = Testbed(stack.bootstrap_servers, stack.database_url, Path(folder))
            plan = Plan(options.records, options.rounds, options.only, options.counted)
            for line in await measure_loading(testbed, plan):
                print_line(line)
            for line in await measure_latency(testbed, options.pages) if options.pages else ():
                print_line(line)


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="students in the backlog")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; medians count")
    parser.add_argument("--pages", type=int, default=120, help="pages for the latency (0: none)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=CANDIDATES,
        default=CANDIDATES,
        help="what to measure besides the limit",
    )
    parser.add_argument(
        "--uncounted",
        dest="counted",
        action="store_false",
        help="publish records of syncs that never began, so loaders remember no keys",
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
