import shutil
import tomllib
from pathlib import Path

import pytest
from jgo.config import GlobalSettings

from libs.localstack import jars
from libs.localstack.errors import JarsUnavailable

pytestmark = pytest.mark.integration

FOLDER = Path(jars.__file__).parent


def test_every_locked_jar_has_a_checksum_and_no_address() -> None:
    text = (FOLDER / "jgo.lock.toml").read_text()

    locked = tomllib.loads(text)["dependencies"]

    assert all(len(jar["sha256"]) == 64 for jar in locked)
    assert "://" not in text


def test_what_is_asked_for_is_locked() -> None:
    asked = tomllib.loads((FOLDER / "jgo.toml").read_text())["dependencies"]["coordinates"]

    locked = tomllib.loads((FOLDER / "jgo.lock.toml").read_text())["dependencies"]

    assert set(asked) <= {
        f"{jar['groupId']}:{jar['artifactId']}:{jar['version']}" for jar in locked
    }


def test_without_a_registry_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    with pytest.raises(JarsUnavailable, match="REQUESTS_CA_BUNDLE"):
        jars.kafka_jars()


def test_other_bytes_than_the_locked_ones_are_never_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cache = GlobalSettings.load().repo_cache
    copies = {jar: tmp_path / jar.relative_to(cache) for jar in jars.kafka_jars()}
    for jar, copy in copies.items():
        copy.parent.mkdir(parents=True)
        shutil.copy(jar, copy)
    spoiled = next(iter(copies.values()))
    spoiled.write_bytes(b"something else")
    monkeypatch.setenv("M2_REPO", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    with pytest.raises(JarsUnavailable, match=spoiled.name):
        jars.kafka_jars()

    assert not spoiled.exists()
