"""Kafka's jars: the files that ``jgo.lock.toml`` names, byte for byte, from Maven's local cache.

``python -m libs.localstack.jars`` fetches and verifies them, so that a first start need not;
``python -m libs.localstack.jars lock`` makes the lock file anew from ``jgo.toml``.
"""

import fcntl
import hashlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from jgo.config import GlobalSettings
from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockedDependency, LockFile
from jgo.maven import MavenContext

from libs.common.process.lifecycle import EXIT_STOPPED, EXIT_UNAVAILABLE
from libs.localstack.errors import JarsUnavailable

_SPEC = Path(__file__).with_name("jgo.toml")
_LOCK = _SPEC.with_name("jgo.lock.toml")
_PARALLEL_DOWNLOADS = 8
_REQUEST_TIMEOUT_SECONDS = 30


def kafka_jars(lock: Path = _LOCK) -> list[Path]:
    """All jars of the lock file, fetched where missing, each with the locked SHA-256.

    Raises:
        JarsUnavailable: a jar cannot be fetched, or the registry has other bytes.
    """
    locked = LockFile.load(lock).dependencies
    try:
        with _one_at_a_time() as maven, ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
            return list(pool.map(lambda jar: _verified(maven, jar), locked))
    except OSError as error:
        raise JarsUnavailable("cache", error) from error


def write_lock() -> None:
    with _one_at_a_time() as maven:
        builder = EnvironmentBuilder(context=maven)
        builder.resolve_lockfile(EnvironmentSpec.load(_SPEC)).save(_LOCK)


@contextmanager
def _one_at_a_time() -> Iterator[MavenContext]:
    """Maven as this machine is set up for it (jgo's configuration), for one process at a time.

    jgo writes a jar in place: without the lock another process would see it half written.
    """
    settings = GlobalSettings.load()
    settings.repo_cache.mkdir(parents=True, exist_ok=True)
    with (settings.repo_cache / ".hemis-sync.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield MavenContext(
            repo_cache=settings.repo_cache,
            remote_repos=settings.repositories or None,
            timeout=_REQUEST_TIMEOUT_SECONDS,
        )


def _verified(maven: MavenContext, locked: LockedDependency) -> Path:
    jar = _fetched(maven, locked)
    if _sha256(jar) != locked.sha256:
        # Most likely the rest of an interrupted download: fetch it once more.
        jar.unlink()
        jar = _fetched(maven, locked)
    if _sha256(jar) != locked.sha256:
        jar.unlink()
        raise JarsUnavailable(jar.name, "its SHA-256 is not the one in jgo.lock.toml")
    return jar


def _fetched(maven: MavenContext, locked: LockedDependency) -> Path:
    component = maven.project(locked.groupId, locked.artifactId).at_version(locked.version)
    try:
        return component.artifact(locked.classifier or "", locked.packaging).resolve()
    except (OSError, RuntimeError) as error:  # a connection error of requests is an OSError
        raise JarsUnavailable(f"{locked.artifactId}-{locked.version}.jar", error) from error


def _sha256(jar: Path) -> str:
    with jar.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(words: list[str]) -> int:
    try:
        if words == ["lock"]:
            write_lock()
        sys.stdout.write(f"Kafka's {len(kafka_jars())} jars are here, as locked.\n")
    except JarsUnavailable as error:
        sys.stderr.write(f"ERROR {error}\n")
        return EXIT_UNAVAILABLE
    return EXIT_STOPPED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
