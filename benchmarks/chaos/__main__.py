"""``python -m benchmarks.chaos [--plans N] [--first SEED] [--concurrency N]``."""

import argparse
import asyncio
import logging
import sys
from collections import Counter

from benchmarks.chaos.compare import differences
from benchmarks.chaos.oracle import Oracle
from benchmarks.chaos.plans import Plan, random_plan


async def run(seeds: range, concurrency: int) -> dict[int, list[str]]:
    """Play the plans of these seeds and return the differences of the wrong ones by seed."""
    wrong: dict[int, list[str]] = {}
    turns = asyncio.Semaphore(concurrency)

    async def play(seed: int) -> None:
        async with turns:
            found = await differences(random_plan(seed))
        if found:
            wrong[seed] = found

    async with asyncio.TaskGroup() as tasks:
        for seed in seeds:
            tasks.create_task(play(seed))
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--plans", type=int, default=500)
    parser.add_argument("--first", type=int, default=1, help="seed of the first plan")
    parser.add_argument("--concurrency", type=int, default=12, help="plans played at a time")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    seeds = range(options.first, options.first + options.plans)
    wrong = asyncio.run(run(seeds, options.concurrency))
    for seed, found in sorted(wrong.items()):
        print_line(f"plan {seed} went wrong: {random_plan(seed)}")
        for difference in found:
            print_line(f"  {difference}")
    print_line(f"{options.plans} plans, {len(wrong)} wrong; {_kinds(seeds)}")
    return 1 if wrong else 0


def _kinds(seeds: range) -> str:
    """Count the kinds of plans, so that empty plans do not count as proof."""
    kinds = Counter(kind_of(random_plan(seed)) for seed in seeds)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def kind_of(plan: Plan) -> str:
    if plan.movements:
        return "wrong totals" if plan.is_lied_to else "moving"
    verdict = Oracle(plan).verdict()
    return f"{verdict.outcome}, incomplete" if verdict.failed_pages else str(verdict.outcome)


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
