"""Photograph every view for the documentation: ``make screenshots``."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.browser.reader import DESKTOP, PHONE, VIEWS, Reader, running_browser
from tests.integration.gateway.running_gateway import running_gateway

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
NAMES = dict(
    zip(
        VIEWS,
        ("overview", "history", "sync", "schedule", "dead-letters", "dead-letter", "services"),
        strict=True,
    )
)
SIZES = {"desktop": DESKTOP, "phone": PHONE}


async def photograph(reader: Reader, language: str, scheme: str, name: str) -> None:
    """Take every view at both sizes; the page in full, since people scroll."""
    for size, viewport in SIZES.items():
        page = await reader.page(language, scheme, viewport)
        for view, view_name in NAMES.items():
            await reader.open(page, view)
            await taken(page, f"{view_name}-{name}-{size}")
        await page.close()


async def special(reader: Reader, name: str, **changed: Any) -> None:
    """Take a page that is shown only in a certain state."""
    page = await reader.page("en")
    await reader.open(page, **changed)
    await taken(page, name)


async def taken(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png", full_page=True, scale="css")


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with running_gateway() as gateway, running_browser() as browser:
        reader = Reader(browser, gateway.url)
        await photograph(reader, "uz", "light", "uz")
        page = await reader.page("en", "dark")
        await reader.open(page)
        await taken(page, "overview-dark-desktop")
        await special(reader, "key-desktop", progress__students=401)


def quantise() -> None:
    """Make them small enough for a repository: flat colours need no more than a palette."""
    pictures = sorted(FOLDER.glob("*.png"))
    command = ("pngquant", "--force", "--ext", ".png", "--speed", "1", "--strip", "48")
    subprocess.run((*command, "--", *pictures), check=True)  # noqa: S603 — nothing from outside


if __name__ == "__main__":
    asyncio.run(main())
    quantise()
