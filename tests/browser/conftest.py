"""A browser for each test, closed after it; without Chromium the tests are skipped."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.dashboard import CHROMIUM, Dashboard, running_browser
from tests.integration.gateway.running_gateway import running_gateway


@pytest.fixture
async def dashboard() -> AsyncIterator[Dashboard]:
    """The files come from a real gateway, the answers from the samples or from the test."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    async with running_gateway() as gateway, running_browser() as browser:
        dashboard = Dashboard(browser, gateway.url)
        yield dashboard
        assert dashboard.errors == []
