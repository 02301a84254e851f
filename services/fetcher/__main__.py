"""``python -m services.fetcher``."""

import sys
from functools import partial

from libs.common.lifecycle import run_service
from libs.common.refusal import say_why
from services.fetcher.app import serve
from services.fetcher.settings import FetcherSettings

if __name__ == "__main__":
    sys.exit(run_service(FetcherSettings, serve, partial(say_why, "fetcher")))
