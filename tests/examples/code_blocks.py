"""Saves and runs the code blocks of a page in order, as its reader would."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DOCS = Path(__file__).parents[2] / "docs"

_PART = re.compile(
    r"^## (?P<section>[^\n]+)$|^```(?P<words>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    section: str
    language: str
    file: str
    code: str


def blocks(page: Path) -> list[Block]:
    """Return all blocks but ``text``; a block with a file name is saved, ``sh`` is run."""
    found, section = [], ""
    for part in _PART.finditer(page.read_text(encoding="utf-8")):
        section = part["section"] or section
        language, _, file = (part["words"] or "").partition(" ")
        if part["code"] and language != "text":
            found.append(Block(section, language, file, part["code"]))
    return found


def search_path(*first: Path) -> str:
    """Return a PATH: these folders, this Python's, and the system's."""
    folders = (*first, Path(sys.executable).parent, Path("/usr/local/bin"))
    return os.pathsep.join((*map(str, folders), os.defpath))


@dataclass
class PageRun:
    """A run of a page's blocks in an empty folder; ``left`` are the blocks still to run."""

    folder: Path
    environment: Mapping[str, str]
    left: list[Block]

    @classmethod
    def through(cls, page: str, folder: Path, **environment: str) -> Self:
        folder.mkdir()
        return cls(folder, {"PATH": search_path(), **environment}, blocks(DOCS / page))

    async def run_section(self, section: str) -> str:
        """Run the blocks up to the end of the section; return what its commands print."""
        assert section in {block.section for block in self.left}, section
        printed = []
        while section in {block.section for block in self.left}:
            block = self.left.pop(0)
            printed.append((block.section, await self._use(block)))
        return "".join(text for name, text in printed if name == section)

    async def _use(self, block: Block) -> str:
        if block.file:
            (self.folder / block.file).write_text(block.code)
            return ""
        assert block.language == "sh", f"neither named nor sh: {block}"
        code, printed = await self.run(block.code)
        assert code == 0, f"{block.code}\n{printed}"
        return printed

    async def run(self, command: str) -> tuple[int, str]:
        """Run a command as a block is run; return exit code and output."""
        child = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", command),
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await child.communicate()
        assert child.returncode is not None
        return child.returncode, printed.decode()
