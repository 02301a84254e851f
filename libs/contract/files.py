"""The text of each file of ``docs/contract``. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from libs.common.contracts.published.channels import channels_of
from libs.common.contracts.published.document import asyncapi_document, contract_schemas
from libs.common.contracts.published.schemas import standing_alone
from libs.common.contracts.topics import Topics
from libs.contract.samples import sample_lines

DOCUMENT = "asyncapi.json"
SAMPLES = "samples.jsonl"


def contract_files() -> dict[str, str]:
    """Return path → text, with the default prefix and partition count."""
    topics = Topics()
    files = {f"schemas/{name}.json": _text(schema) for name, schema in _schemas(topics)}
    return {DOCUMENT: _text(asyncapi_document(topics)), SAMPLES: sample_lines(), **files}


def _schemas(topics: Topics) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and schema of each message's value, and of its headers."""
    known = contract_schemas()
    for kind in (kind for channel in channels_of(topics) for kind in channel.messages):
        if kind.name in known:
            yield kind.name, standing_alone(kind.name, known)
        if kind.headers is not None:
            headers = f"{kind.name}.headers"
            yield headers, standing_alone(headers, {**known, headers: kind.headers})


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
