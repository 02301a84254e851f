"""The compose stack as the tests use it: a name and ports of its own, nothing a person has set."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESOURCES = ("students", "employees")
# Looks, says, and ends.
GUARD = "HEMIS_API_URL-and-HEMIS_BEARER_TOKEN-are-set"

# Set in a person's shell, these would take the tests to a real HEMIS or to another stack.
_UNSET = ("HEMIS_API_URL", "HEMIS_BEARER_TOKEN", "COMPOSE_FILE", "COMPOSE_PROFILES")
_ANSWER_SECONDS = 40.0


class ComposeFailed(Exception):
    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"{command} failed:\n{output}")


def why_not() -> str | None:
    """Say what is missing for these tests, if anything is."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    for words in ("version", "compose version"):
        ran = _run(["docker", *words.split()])
        if ran.returncode:
            return f"docker {words}: {ran.stderr.strip()}"
    return None


def resolved(env_file: Path) -> Mapping[str, Any]:
    """The services of the compose file, as compose understands it with these settings."""
    answer = json.loads(_compose({}, "--env-file", str(env_file), "config", "--format", "json"))
    services: Mapping[str, Any] = answer["services"]
    return services


@dataclass(frozen=True)
class ComposeStack:
    """With the profile demo; ``settings`` are the variables that a person would set."""

    project: str
    settings: Mapping[str, str]

    def compose(self, *words: str) -> str:
        """Run ``docker compose …`` and give its output.

        Raises:
            ComposeFailed: it ended with another code than 0.
        """
        # A person's .env is not for tests.
        own = ("--env-file", "/dev/null", "--project-name", self.project, "--profile", "demo")
        return _compose(self.settings, *own, *words)

    def call(self, method: str, path: str, body: object = None, copy: int = 0) -> tuple[int, Any]:
        """Call the gateway, or one of its copies; status and answer."""
        port = int(self.settings["GATEWAY_PORT"].partition("-")[0]) + copy
        connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def progress(self, resource: str, copy: int = 0) -> Any:
        return self.call("GET", f"/api/hemis/progress/{resource}", copy=copy)[1]

    def is_ready(self, copy: int = 0) -> bool:
        try:
            return self.call("GET", "/readyz", copy=copy)[0] == 200
        except (OSError, HTTPException):
            return False

    def containers(self, *services: str) -> list[str]:
        """Their ids, those that do not run included."""
        return self.compose("ps", "--all", "--quiet", *services).split()

    def kill_and_start(self, container: str) -> None:
        """As the kernel kills; the engine itself does not start again what was killed so."""
        for verb in ("kill", "start"):
            ran = _run(["docker", verb, container])
            if ran.returncode:
                raise ComposeFailed(f"docker {verb} {container}", ran.stderr)

    def image(self, service: str) -> Any:
        """Give what the engine knows of a service's image."""
        ran = _run(["docker", "image", "inspect", f"{self.project}-{service}"])
        return json.loads(ran.stdout)[0]

    def count(self, table: str) -> int:
        """How many rows ``psql`` counts, called as the guide calls it."""
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 — the tests' own table names
        psql = ("psql", "-U", "hemis", "-d", "hemis", "-tAc", query)
        return int(self.compose("exec", "-T", "db", *psql))

    def log_lines(self, *services: str) -> list[str]:
        return self.compose("logs", "--no-color", "--no-log-prefix", *services).splitlines()


def _compose(settings: Mapping[str, str], *words: str) -> str:
    unset = [f"--unset={name}" for name in _UNSET]
    given = [f"{name}={value}" for name, value in settings.items()]
    ran = _run(["env", *unset, *given, "docker", "compose", *words])
    if ran.returncode:
        raise ComposeFailed(f"docker compose {' '.join(words)}", ran.stdout + ran.stderr)
    return ran.stdout


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 — the commands are this file's own
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
