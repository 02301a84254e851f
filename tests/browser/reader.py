"""Somebody who looks at the dashboard: Debian's Chromium, and a gateway's painted answers."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, ViewportSize, async_playwright, expect

from libs.common.contracts.times import moment
from tests.browser.painted import NOW, answer_to, answers, written

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP: ViewportSize = {"width": 1_200, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
LANGUAGES = {"uz": "uz-Latn-UZ", "ru": "ru-RU", "en": "en-GB"}
VIEWS = (
    "#/", "#/history", "#/syncs/employees-1", "#/schedule", "#/dead-letters",
    "#/dead-letters/hemis.employees-1-88", "#/services",
)  # fmt: skip

Rules = dict[str, Any]
EVERYTHING: Rules = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# What is all that the colours of the scheme can break.
CONTRAST: Rules = {"type": "rule", "values": ["color-contrast"]}

# Waits for a condition; only a broken page ever waits this long.
expect.set_options(timeout=30_000)


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Root in a container has no sandbox to put the pages into.
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@dataclass
class Reader:
    """Opens pages; ``troubles`` are what a developer's console would show in red."""

    browser: Browser
    url: str
    troubles: list[str] = field(default_factory=list)

    async def page(
        self, language: str = "en", scheme: Any = "light", size: ViewportSize = DESKTOP
    ) -> Page:
        page = await self.browser.new_page(
            locale=LANGUAGES[language], color_scheme=scheme, timezone_id="Asia/Tashkent",
            viewport=size,
        )  # fmt: skip
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        return page

    async def open(self, page: Page, view: str = "#/", **changed: Any) -> None:
        """Show a view of the painted gateway."""
        await page.clock.set_fixed_time(moment(NOW))
        await paint(page, **changed)
        await page.goto("about:blank")
        await page.goto(f"{self.url}/{view}")
        await expect(page.locator("h1")).to_be_visible()
        await page.wait_for_load_state("networkidle")


async def paint(page: Page, **changed: Any) -> None:
    shown = answers(**{name.replace("__", "/"): one for name, one in changed.items()})

    async def answer(route: Route) -> None:
        known = answer_to(route.request.url, shown)
        status = 404 if known is None else 200
        if isinstance(known, int):
            status, known = known, {"code": "key_required", "detail": "Show a key."}
        body = json.dumps(written(known or {"code": "not_found", "detail": "nothing"}))
        await route.fulfill(status=status, content_type="application/json", body=body)

    await page.unroute_all()
    await page.route("**/api/hemis/**", answer)


async def broken_rules(page: Page, rules: Rules = EVERYTHING) -> list[str]:
    """What axe-core has against the page, each with the elements."""
    results = await Axe().run(page, options={"runOnly": rules})
    return [
        f"{rule['id']}: {[node['html'][:120] for node in rule['nodes']][:4]}"
        for rule in results.response["violations"]
    ]


async def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(
        await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
