"""Everything that reads Kafka has what it needs to unpack it."""

from pathlib import Path

import pytest
from aiokafka import codec

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("image", ["fetcher", "loader", "gateway", "run", "dev"])
def test_every_image_that_reads_kafka_holds_all_codecs(image: str) -> None:
    assert "\ncramjam==" in (ROOT / "requirements" / f"{image}.txt").read_text()


@pytest.mark.parametrize("name", ["gzip", "snappy", "lz4", "zstd"])
def test_every_codec_of_kafka_is_there(name: str) -> None:
    assert getattr(codec, f"has_{name}")()
