"""``python -m services.loader``: Kafka → PostgreSQL."""

import sys

from libs.common.lifecycle import run_service
from services.loader.app import serve
from services.loader.settings import LoaderSettings

if __name__ == "__main__":
    sys.exit(run_service(LoaderSettings, serve))
