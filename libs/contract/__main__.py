"""``python -m libs.contract write|check``: write or check the files of ``docs/contract``."""

import json
import sys
from pathlib import Path

from libs.contract.changes import breaks_between
from libs.contract.files import DOCUMENT, SAMPLES, contract_files

FOLDER = Path(__file__).parents[2] / "docs" / "contract"
_WRONG_COMMAND_LINE = 64


def main(words: list[str]) -> int:
    match words:
        case ["write"]:
            write()
            return 0
        case ["check"]:
            problems = [*stale_files(), *broken_promises()]
            print("\n".join(problems) or "docs/contract matches the classes and breaks nothing")  # noqa: T201 — the command's output
            return 1 if problems else 0
        case _:
            print(__doc__, file=sys.stderr)  # noqa: T201 — as above
            return _WRONG_COMMAND_LINE


def write() -> None:
    files = contract_files()
    for old in FOLDER.glob("schemas/*.json"):
        old.unlink()
    for name, text in files.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def stale_files() -> list[str]:
    """Return a line for each file that does not match the classes."""
    files = contract_files()
    found = {str(path.relative_to(FOLDER)): path for path in FOLDER.glob("schemas/*.json")}
    found |= {name: FOLDER / name for name in (DOCUMENT, SAMPLES)}
    return [
        f"docs/contract/{name} does not match the classes: run `make contract`"
        for name in sorted(files.keys() | found.keys())
        if name not in found or name not in files or found[name].read_text() != files[name]
    ]


def broken_promises() -> list[str]:
    """Return a line for each promise of the last release that no longer holds."""
    released = max(FOLDER.glob("released/*/asyncapi.json"), key=_version)
    now = json.loads(contract_files()[DOCUMENT])
    return breaks_between(json.loads(released.read_text()), now)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parent.name.split("."))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
