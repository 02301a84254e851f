"""``python -m services.loader``: Kafka → PostgreSQL; ``… rebuild``: the tables from the topics."""

import os
import sys

from libs.common.lifecycle import run_service
from services.loader.app import serve
from services.loader.rebuild.command import run_rebuild
from services.loader.settings import LoaderSettings


def main(words: list[str]) -> int:
    match words:
        case []:
            return run_service(LoaderSettings, serve)
        case ["rebuild", *options]:
            return run_rebuild(options)
        case _:
            sys.stderr.write("usage: python -m services.loader [rebuild …]\n")
            return os.EX_USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
