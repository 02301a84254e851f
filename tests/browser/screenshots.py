"""Takes a screenshot of every view for the documentation: ``make screenshots``."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

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


async def take_all_views(dashboard: Dashboard, language: str, scheme: str, name: str) -> None:
    """Take every view in both sizes, each page in full."""
    for size, viewport in SIZES.items():
        page = await dashboard.page(language, scheme, viewport)
        for view, view_name in NAMES.items():
            await dashboard.open(page, view)
            await take(page, f"{view_name}-{name}-{size}")
        await page.close()


async def take_in_state(dashboard: Dashboard, name: str, **changed: Any) -> None:
    """Take a page that only certain answers show."""
    page = await dashboard.page("en")
    await dashboard.open(page, **changed)
    await take(page, name)


async def take(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png", full_page=True, scale="css")


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with running_gateway() as gateway, running_browser() as browser:
        dashboard = Dashboard(browser, gateway.url)
        await take_all_views(dashboard, "uz", "light", "uz")
        page = await dashboard.page("en", "dark")
        await dashboard.open(page)
        await take(page, "overview-dark-desktop")
        await take_in_state(dashboard, "key-desktop", progress__students=401)


def shrink() -> None:
    """Reduce the colours to a palette, so that the files are small."""
    pictures = sorted(FOLDER.glob("*.png"))
    command = ("pngquant", "--force", "--ext", ".png", "--speed", "1", "--strip", "48")
    subprocess.run((*command, "--", *pictures), check=True)  # noqa: S603 — no input from outside


if __name__ == "__main__":
    asyncio.run(main())
    shrink()
