"""``python -m services.fetcher``."""

import sys
from functools import partial

from libs.common.health.startup_failure import say_why
from libs.common.process.lifecycle import run_service
from services.fetcher.app import serve
from services.fetcher.settings import FetcherSettings

if __name__ == "__main__":
    sys.exit(run_service(FetcherSettings, serve, partial(say_why, "fetcher")))
