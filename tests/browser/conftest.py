"""A browser for each test, closed after it; without Chromium the tests are skipped."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.reader import CHROMIUM, Reader, running_browser
from tests.integration.gateway.running_gateway import running_gateway


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """Of a gateway whose files are real; its answers are painted, or a test's own."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    async with running_gateway() as gateway, running_browser() as browser:
        reader = Reader(browser, gateway.url)
        yield reader
        assert reader.troubles == []
