"""Folders with names that programs trip over."""

from pathlib import Path

import pytest

from libs.localstack.errors import StackUnavailable
from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.postgres import EmbeddedPostgres

pytestmark = pytest.mark.integration

NAME = 'Ҳемис: кафедра\'s "yangi" {papka} 100% $HOME'


async def test_kafka_and_postgresql_run_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / NAME

    async with EmbeddedKafka(folder / "kafka"), EmbeddedPostgres(folder / "postgres"):
        pass

    assert (folder / "kafka" / "data" / "meta.properties").is_file()
    assert (folder / "postgres" / "data" / "PG_VERSION").is_file()


async def test_a_comma_in_the_folders_name_is_refused_before_kafka_takes_it_for_two(
    tmp_path: Path,
) -> None:
    with pytest.raises(StackUnavailable, match="Move the project to another folder"):
        await EmbeddedKafka(tmp_path / "a,b").start()
