"""Waiting in tests: for a condition, never for a time."""

import asyncio
from collections.abc import Callable


async def eventually(condition: Callable[[], bool], seconds: float = 40) -> None:
    """Return as soon as it holds; TimeoutError when it does not within that time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — nothing signals what is waited for
            await asyncio.sleep(0.03)
