"""Start the gateway: ``python -m services.gateway``."""

import sys

from libs.common.process.lifecycle import run_service
from services.gateway.app import serve
from services.gateway.settings import GatewaySettings

if __name__ == "__main__":
    sys.exit(run_service(GatewaySettings, serve))
