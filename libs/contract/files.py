"""What stands in which file of ``docs/contract``. Pure."""

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
    """Return path → text, with the usual prefix and partition count."""
    topics = Topics()
    files = {f"schemas/{name}.json": _text(schema) for name, schema in _alone(topics)}
    return {DOCUMENT: _text(asyncapi_document(topics)), SAMPLES: sample_lines(), **files}


def _alone(topics: Topics) -> Iterator[tuple[str, dict[str, Any]]]:
    for told in (told for channel in channels_of(topics) for told in channel.told):
        known = contract_schemas()
        if told.name in known:
            yield told.name, standing_alone(told.name, known)
        if told.headers is not None:
            headers = f"{told.name}.headers"
            yield headers, standing_alone(headers, {**known, headers: told.headers})


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
