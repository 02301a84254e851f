"""The programs of ``examples/``: how each is started, and how its copy is read."""

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from libs.localstack.jars import kafka_jars

FOLDER = Path(__file__).parents[2] / "examples"

Copy = dict[int, tuple[str | None, str | None]]
"""Id → name and group of each student."""


@dataclass(frozen=True)
class Example:
    language: str
    command: Callable[[Path], list[str]]
    """Prepares a folder and returns the command that starts the program there."""
    copy: str
    read_copy: Callable[[Path], Copy]


@dataclass
class Reader:
    """A running example, in its own folder."""

    example: Example
    parent: Path
    environment: dict[str, str]
    child: asyncio.subprocess.Process | None = field(default=None)

    @property
    def folder(self) -> Path:
        return self.parent / self.example.language

    async def start(self, **environment: str) -> None:
        self.folder.mkdir(exist_ok=True)
        command = await asyncio.to_thread(self.example.command, self.folder)
        inherited = {"PATH": f"/usr/local/bin:{os.defpath}", "COPY": self.example.copy}
        with (self.folder / "log").open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.folder,
                env=inherited | self.environment | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def kill(self) -> None:
        """Kill it and its children."""
        if self.child is not None and self.child.returncode is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            await self.child.wait()
        self.child = None

    def copy(self) -> Copy:
        """Return its copy; fails if it has ended by itself."""
        assert self.child is None or self.child.returncode is None, self.log()
        path = self.folder / self.example.copy
        return self.example.read_copy(path) if path.exists() else {}

    def sizes_at_start(self) -> list[int]:
        """Return how many students it printed at each of its starts."""
        return [int(count) for count in re.findall(r"^(\d+) students", self.log(), re.MULTILINE)]

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""


def _python(_: Path) -> list[str]:
    return [sys.executable, "-u", str(FOLDER / "python" / "keep_students.py")]


def _node(folder: Path) -> list[str]:
    if not (folder / "node_modules").exists():
        shutil.copytree(FOLDER / "node", folder, dirs_exist_ok=True)
        install = ["npm", "ci", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=folder, check=True, capture_output=True)  # noqa: S603 — a fixed command
    return ["node", "keep-students.js"]


def _java(_: Path) -> list[str]:
    jars = os.pathsep.join(str(jar) for jar in kafka_jars())
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return ["java", quiet, "-cp", jars, str(FOLDER / "java" / "KeepStudents.java")]


def _shell(_: Path) -> list[str]:
    return [str(FOLDER / "shell" / "keep-students")]


def _rows(file: Path) -> Copy:
    connection = sqlite3.connect(file, timeout=10)
    try:
        rows = connection.execute("SELECT hemis_id, full_name, group_name FROM students")
        return {hemis_id: (name, group) for hemis_id, name, group in rows}
    except sqlite3.OperationalError:  # it has not created the table yet
        return {}
    finally:
        connection.close()


def entries(file: Path) -> Copy:
    students = json.loads(file.read_text())["students"]
    return {int(key): (student["name"], student["group"]) for key, student in students.items()}


def _partitions(folder: Path) -> Copy:
    files = [file for file in folder.glob("*.json") if file.stat().st_size]
    return {key: student for file in files for key, student in entries(file).items()}


EXAMPLES = (
    Example("python", _python, "students.sqlite", _rows),
    Example("node", _node, "students.json", entries),
    Example("java", _java, "students.json", entries),
    Example("shell", _shell, "students", _partitions),
)
