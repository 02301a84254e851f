"""``python -m services.fetcher``."""

import sys
from functools import partial

from libs.common.health.startup_failure import report_startup_failure
from libs.common.process.lifecycle import run_service
from services.fetcher.app import serve
from services.fetcher.settings import FetcherSettings

if __name__ == "__main__":
    sys.exit(run_service(FetcherSettings, serve, partial(report_startup_failure, "fetcher")))
