"""``python -m services.fetcher``."""

import sys

from libs.common.lifecycle import run_service
from services.fetcher.app import serve
from services.fetcher.settings import FetcherSettings

if __name__ == "__main__":
    sys.exit(run_service(FetcherSettings, serve))
