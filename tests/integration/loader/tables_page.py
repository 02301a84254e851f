"""Writes the lists of columns in docs/tables.md and docs/uz/jadvallar.md (``make tables``).

They come from the comments in PostgreSQL, in English and in Uzbek.
"""

import asyncio
import json
import re
import tempfile
from pathlib import Path

import asyncpg

from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack
from services.loader.migrations import MIGRATIONS

ROOT = Path(__file__).parents[3]
UZBEK = Path(__file__).with_name("tables_page_uz.json")
PAGES = {"en": ROOT / "docs/tables.md", "uz": ROOT / "docs/uz/jadvallar.md"}
HEADERS = {"en": ("column", "type", "meaning"), "uz": ("ustun", "turi", "ma’nosi")}

_COLUMNS = """
    SELECT relname AS table, obj_description(c.oid) AS about, attname AS name,
           format_type(atttypid, NULL) AS type, col_description(c.oid, attnum) AS meaning
    FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0
    WHERE relnamespace = 'hemis'::regnamespace AND relkind IN ('r', 'v', 'p')
      AND NOT relispartition AND NOT attisdropped
    ORDER BY relname, attnum
"""
_LIST = re.compile(r"(<!-- columns of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


async def columns(database_url: str) -> list[asyncpg.Record]:
    """Migrate a database; return every column of its tables and views."""
    waits = Readiness((POSTGRES,), Stop())
    await migrate_when_available(database_url, "hemis", MIGRATIONS, waits)
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetch(_COLUMNS)
    finally:
        await connection.close()


def written(page: str, language: str, found: list[asyncpg.Record]) -> str:
    """Return the page with its lists as the database says."""
    uzbek = json.loads(UZBEK.read_text(encoding="utf-8"))

    def said(text: str) -> str:
        is_path = text.startswith("HEMIS ") and text.count(" ") == 1
        return text if language == "en" or is_path else uzbek[text]

    def listed(match: re.Match[str]) -> str:
        rows = [row for row in found if row["table"] == match[2]]
        lines = [f"{said(rows[0]['about'])}.", "", f"| {' | '.join(HEADERS[language])} |"]
        lines += ["|---|---|---|"]
        lines += [f"| `{r['name']}` | {r['type']} | {said(r['meaning'])} |" for r in rows]
        return f"{match[1]}{chr(10).join(lines)}\n{match[3]}"

    return _LIST.sub(listed, page)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_stack(Path(folder), StackSettings()) as stack:
            found = await columns(stack.database_url)
    for language, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        page.write_text(written(text, language, found), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
