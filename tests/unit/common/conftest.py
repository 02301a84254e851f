import os
from pathlib import Path

import pytest


@pytest.fixture
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variable of ours is set, and the working folder, which is returned, has no ``.env``."""
    monkeypatch.chdir(tmp_path)
    for name in tuple(os.environ):  # noqa: TID251 — to take away what a person has set
        if name.startswith(("KAFKA_", "HEALTH_", "LOG_", "STOP_", "HEMIS_", "DATABASE_")):
            monkeypatch.delenv(name)
    return tmp_path
