"""The rules for code that no other tool checks (CONTRIBUTING.md lists them)."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import grimp
import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("libs", "services", "tests", "benchmarks")
    for path in ROOT.joinpath(folder).rglob("*.py")
)

LONGEST_FUNCTION = 30
LONGEST_FILE = 400
LARGEST_FOLDER = 15
LONGEST_IMPORT_CHAIN = 10

VAGUE_WORDS = {
    *("data", "info", "process", "manager", "helper", "util", "wrapper"),
    *("processes", "managers", "helpers", "utils", "wrappers"),
}
VAGUE_FIRST_WORDS = {"do", "my"}
TYPE_NAMES = {"list", "dict", "tuple"}
ALLOWED_NAMES = {
    *("_student_list", "_employee_list", "_student_info"),  # HEMIS's own
    "process",  # where a process of the operating system is meant
}
PATCHING_TOOLS = {"unittest.mock", "patch", "Mock", "MagicMock", "AsyncMock"}

Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def location(path: Path, line: int = 1) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


# Shape


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_is_longer_than_thirty_lines() -> None:
    too_long = [
        f"{location(path, node.lineno)} {node.name}: {length(node)}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and length(node) > LONGEST_FUNCTION
    ]

    assert not too_long, "\n".join(too_long)


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        location(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES
    }

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_folder_of_the_sources_has_more_than_fifteen_modules() -> None:
    modules = [path for path in SOURCES if path.name != "__init__.py"]
    sizes = Counter(path.parent.relative_to(ROOT).as_posix() for path in modules)

    too_large = {
        folder: size
        for folder, size in sizes.items()
        if folder.startswith(("libs", "services")) and size > LARGEST_FOLDER
    }
    assert too_large == {}


def packages() -> list[str]:
    found = [*ROOT.glob("libs/*/*.py"), *ROOT.glob("services/*/*.py")]
    return sorted({f"{path.parents[1].name}.{path.parent.name}" for path in found})


def longest_chain(graph: grimp.ImportGraph, package: str) -> list[str]:
    """Return the longest chain of imports between modules of one package."""
    inside = graph.find_descendants(package) | {package}

    @cache
    def from_here(module: str) -> list[str]:
        imported = graph.find_modules_directly_imported_by(module) & inside
        return [module, *max(map(from_here, imported), key=len, default=[])]

    return max(map(from_here, inside), key=len)


@pytest.mark.parametrize("package", packages())
def test_no_chain_of_imports_inside_a_package_is_longer_than_ten(package: str) -> None:
    chain = longest_chain(import_graph(), package)

    assert len(chain) <= LONGEST_IMPORT_CHAIN, " -> ".join(chain)


@cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("libs", "services", exclude_type_checking_imports=True)


def test_unit_tests_mirror_the_folders_of_the_sources() -> None:
    tested = {
        path.parent.relative_to(ROOT / "tests/unit") for path in ROOT.glob("tests/unit/**/*.py")
    }

    unknown = [
        folder.as_posix()
        for folder in tested
        if not any((ROOT / sources / folder).is_dir() for sources in ("libs", "services"))
    ]
    assert unknown == []


def test_no_test_patches_objects() -> None:
    patching = [
        location(path, node.lineno)
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and PATCHING_TOOLS & {alias.name for alias in node.names}
    ]

    assert not patching, "\n".join(patching)


# Names


def words(name: str) -> list[str]:
    """``RecordKey``, ``record_key`` and ``record-key`` are the words record and key."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def is_vague(name: str) -> bool:
    found = words(name)
    return name not in ALLOWED_NAMES and (
        not VAGUE_WORDS.isdisjoint(found)
        or (len(found) > 1 and found[0] in VAGUE_FIRST_WORDS)
        or any(plural.endswith("s") and word in TYPE_NAMES for plural, word in pairwise(found))
    )


def defined_names() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        yield location(path), path.stem
        yield location(path), path.parent.name
        for node in ast.walk(parsed(path)):
            if isinstance(node, Named):
                yield location(path, node.lineno), node.name


def test_no_name_is_vague() -> None:
    vague = [
        f"{where} {name}"
        for where, name in defined_names()
        if not name.startswith("test_") and is_vague(name)
    ]

    assert not vague, "\n".join(vague)


@pytest.mark.parametrize(
    "name",
    ["process_page", "SyncManager", "HTTPInfo", "utils", "do_work", "myQueue", "records_list"],
)
def test_a_vague_name_is_found(name: str) -> None:
    assert is_vague(name)


@pytest.mark.parametrize("name", ["database", "doctor", "Stopped", "information", "do", "listing"])
def test_a_name_that_only_resembles_a_vague_one_is_allowed(name: str) -> None:
    assert not is_vague(name)


# Settings

EXAMPLE = ROOT / ".env.example"
COMPOSE = ROOT / "docker-compose.yml"
# A commented-out setting shows its default.
SETTING = re.compile(r"#?(?P<name>[A-Z_]+)=(?P<value>.*)")


def settings_classes() -> list[type[BaseSettings]]:
    modules = [
        import_module(f"services.{path.parent.name}.settings")
        for path in sorted(ROOT.glob("services/*/settings.py"))
    ]
    modules.append(import_module("libs.cli.settings"))
    members = [member for module in modules for member in vars(module).values()]
    kinds = [kind for kind in members if isinstance(kind, type) and issubclass(kind, BaseSettings)]
    return [kind for kind in kinds if kind is not BaseSettings]


def settings_of_the_services() -> dict[str, FieldInfo]:
    """Return every field of every settings class by its environment variable."""
    return {
        name.upper(): field
        for kind in settings_classes()
        for name, field in kind.model_fields.items()
    }


def settings_of_compose() -> dict[str, str]:
    """Return the variables that only the compose file reads, with their defaults."""
    text = COMPOSE.read_text(encoding="utf-8") if COMPOSE.exists() else ""
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))
    return {name: defaults[name] for name in defaults.keys() - settings_of_the_services().keys()}


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    found = [SETTING.fullmatch(line) for line in lines]
    return {setting["name"]: setting["value"] for setting in found if setting}


def written(default: object) -> str:
    """Return a default as it is written in ``.env``."""
    match default:
        case None:
            return ""
        case bool():
            return str(default).lower()
        case float():
            return f"{default:g}"
        case SecretStr():
            return default.get_secret_value()
        case _:
            return str(default)


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    assert example().keys() == settings_of_the_services().keys() | settings_of_compose().keys()


def test_the_example_shows_the_defaults() -> None:
    defaults = {
        name: written(field.default)
        for name, field in settings_of_the_services().items()
        if not field.is_required()
    }

    shown = example()

    assert {name: shown[name] for name in defaults} == defaults
    assert {name: shown[name] for name in settings_of_compose()} == settings_of_compose()


@pytest.mark.parametrize("kind", settings_classes(), ids=lambda kind: kind.__name__)
def test_a_copy_of_the_example_needs_only_an_address_and_a_token(
    kind: Callable[..., BaseSettings],
) -> None:
    kind(_env_file=EXAMPLE, hemis_api_url="http://hemis", hemis_bearer_token="invented")  # noqa: S106 — invented


def test_every_setting_has_a_comment() -> None:
    before, bare = "", []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if SETTING.fullmatch(line) and not before.startswith("# "):
            bare.append(line)
        before = line

    assert not bare, "\n".join(bare)


# Makefile

TARGETS = {
    *("help", "run", "test", "test-unit", "test-compose", "test-browser", "check", "fmt"),
    *("bench", "up", "down", "lock", "clean"),
}


def test_every_target_of_make_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)[0].split())
    explained = set(re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE))
    all_targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))

    assert explained == phony == all_targets
    assert explained >= TARGETS
