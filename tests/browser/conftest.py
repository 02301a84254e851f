"""A browser for each test, closed after it; without Chromium the tests are skipped."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.reader import CHROMIUM, Reader, running_browser
from tests.integration.gateway.running_gateway import staged


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """Of a gateway whose files are real; its answers are painted, or a test's own."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    async with staged() as stage, running_browser() as browser:
        reader = Reader(browser, stage.url)
        yield reader
        assert reader.troubles == []
