"""Decodes and encodes JSON without changing numbers."""

from decimal import Decimal
from typing import Any

import msgspec

Json = Any
"""Any JSON value."""

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode(value: bytes) -> Json:
    """Decode JSON of any shape; raises what msgspec raises."""
    return _decoder.decode(value)


def encode(value: Json) -> bytes:
    return _encoder.encode(value)
