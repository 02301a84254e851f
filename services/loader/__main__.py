"""``python -m services.loader`` loads Kafka into PostgreSQL; ``… rebuild`` rebuilds the tables."""

import os
import sys
from functools import partial

from libs.common.health.startup_failure import report_startup_failure
from libs.common.process.lifecycle import run_service
from services.loader.app import SERVICE, serve
from services.loader.rebuild.command_line import run_rebuild
from services.loader.settings import LoaderSettings


def main(words: list[str]) -> int:
    match words:
        case []:
            return run_service(LoaderSettings, serve, partial(report_startup_failure, SERVICE))
        case ["rebuild", *options]:
            return run_rebuild(options)
        case _:
            sys.stderr.write("usage: python -m services.loader [rebuild …]\n")
            return os.EX_USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
