"""Takes a screenshot of every view for the documentation: ``make screenshots``."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page

from tests.browser.dashboard import DESKTOP, PHONE, VIEWS, Dashboard, running_browser
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


async def take_all_views(language: str, size: str) -> None:
    """Take every view in full, as documentation shows it."""
    async with open_dashboard() as dashboard:
        page = await dashboard.page(language, "light", SIZES[size])
        for view, view_name in NAMES.items():
            await dashboard.open(page, view)
            await take(page, f"{view_name}-{language}-{size}")


async def take_special_pages() -> None:
    """Take the dark overview, and the page that asks for a key."""
    async with open_dashboard() as dashboard:
        page = await dashboard.page("en", "dark")
        await dashboard.open(page)
        await take(page, "overview-dark-desktop")
        page = await dashboard.page("en")
        await dashboard.open(page, progress__students=401)
        await take(page, "key-desktop")


async def take(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png", full_page=True, scale="css")


@asynccontextmanager
async def open_dashboard() -> AsyncIterator[Dashboard]:
    async with running_gateway() as gateway, running_browser() as browser:
        yield Dashboard(browser, gateway.url)


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        await take_all_views("uz", size)
    await take_special_pages()


def shrink() -> None:
    """Reduce the colours to a palette, so that the files are small."""
    pictures = sorted(FOLDER.glob("*.png"))
    command = ("pngquant", "--force", "--ext", ".png", "--speed", "1", "--strip", "48")
    subprocess.run((*command, "--", *pictures), check=True)  # noqa: S603 — no input from outside


if __name__ == "__main__":
    asyncio.run(main())
    shrink()
