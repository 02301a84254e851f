"""What a killed run left running in a folder is found by a mark and stopped; nothing else is."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

_VARIABLE = "HEMIS_LOCAL_FOLDER"


def mark(folder: Path) -> dict[str, str]:
    """Put this into the environment of every program that works in the folder."""
    return {_VARIABLE: str(folder.resolve())}


def bare_environment(folder: Path) -> dict[str, str]:
    """Return the whole environment of Kafka and PostgreSQL, the same on every machine.

    UTF-8 is for file names: in the plain "C" locale Java replaces letters that are not ASCII.
    """
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **mark(folder)}


async def stop_leftovers(folder: Path, seconds: float = 15) -> list[str]:
    """Stop what carries the mark of this folder or of one in it; tell their names.

    What does not stop in time is killed.

    Call it only as the holder of the folder's lock.
    """
    found = _marked(folder)
    for process in found:
        _signal(process, _stop_signal(process))
    _, alive = await asyncio.to_thread(psutil.wait_procs, found, seconds)
    for process in alive:
        _signal(process, signal.SIGKILL)
    await asyncio.to_thread(psutil.wait_procs, alive, 5)
    return sorted({_name(process) for process in found})


def _marked(folder: Path) -> list[psutil.Process]:
    whole = folder.resolve()
    return [
        process
        for process in psutil.process_iter(["environ", "name", "cmdline"])
        if _works_in(process, whole) and process.pid != os.getpid()
    ]


def _works_in(process: psutil.Process, folder: Path) -> bool:
    marked = (process.info["environ"] or {}).get(_VARIABLE)
    return marked is not None and Path(marked).is_relative_to(folder)


def _stop_signal(process: psutil.Process) -> signal.Signals:
    # PostgreSQL would wait for its clients to leave on SIGTERM; SIGINT tells them to go.
    return signal.SIGINT if process.info["name"] == "postgres" else signal.SIGTERM


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _name(process: psutil.Process) -> str:
    # `python -m services.loader`, `java … kafka.Kafka …`: the telling word is a dotted one.
    words: list[str] = process.info["cmdline"] or []
    return next(
        (word for word in words if word.startswith(("services.", "libs.", "kafka."))),
        str(process.info["name"]),
    )
