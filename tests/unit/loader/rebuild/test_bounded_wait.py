"""A command says what is away, and ends with 69."""

import pytest

from libs.common.errors import Unavailable
from libs.common.process.lifecycle import EXIT_UNAVAILABLE, Stop, run_service
from services.loader.rebuild.bounded_wait import BoundedReadiness
from services.loader.settings import LoaderSettings


async def refuse() -> None:
    raise ConnectionRefusedError("nobody there")


async def test_what_stays_away_is_named_with_the_reason() -> None:
    readiness = BoundedReadiness(("postgresql",), Stop(), timeout_seconds=0.05)

    with pytest.raises(Unavailable, match=r"postgresql is away: .*nobody there"):
        await readiness.wait_for("postgresql", refuse, OSError)


def test_the_exit_code_of_what_is_away_is_69(capsys: pytest.CaptureFixture[str]) -> None:
    async def serve(settings: LoaderSettings, stop: Stop) -> None:
        raise Unavailable("kafka is away: nobody there")

    assert run_service(LoaderSettings, serve) == EXIT_UNAVAILABLE
    assert "ERROR kafka is away: nobody there" in capsys.readouterr().err
