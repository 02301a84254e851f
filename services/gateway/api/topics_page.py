"""Renders the AsyncAPI document as an HTML page without scripts. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from string import Template
from typing import Any

Node = Mapping[str, Any]

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>hemis-sync: the topics</title>
  <link rel="icon" href="dashboard/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="dashboard/css/colours.css">
  <link rel="stylesheet" href="dashboard/css/page.css">
</head>
<body>
<main>
<h1>The topics, version $version</h1>
$about
<p>For programs: <a href="asyncapi.json">asyncapi.json</a>.
The REST API: <a href="docs">docs</a>.</p>
<ul>$list</ul>
$topics
</main>
</body>
</html>
""")


def page_of(document: Node) -> str:
    channels = document["channels"]
    entries = (f'<li><a href="#{escape(n)}">{_address(c)}</a></li>' for n, c in channels.items())
    return _PAGE.substitute(
        version=escape(document["info"]["version"]),
        about="".join(f"<p>{escape(p)}</p>" for p in document["info"]["description"].split("\n\n")),
        list="".join(entries),
        topics="".join(_topic(name, channel, document) for name, channel in channels.items()),
    )


def _address(channel: Node) -> str:
    return f"<code>{escape(channel['address'])}</code>"


def _topic(name: str, channel: Node, document: Node) -> str:
    kafka = channel["bindings"]["kafka"]
    facts = {
        "for": channel["x-audience"],
        "partitions": kafka["partitions"],
        "partition by": channel["x-partition-by"],
        **kafka["topicConfiguration"],
    }
    messages = (
        _message(document["components"]["messages"][message], document)
        for message in channel["messages"]
    )
    return (
        f'<section id="{escape(name)}"><h2>{_address(channel)}</h2>'
        f"<p>{escape(channel['description'])}</p>{_table(facts.items())}{''.join(messages)}</section>"
    )


def _message(message: Node, document: Node) -> str:
    payload = _resolved(message["payload"], document)
    key = _resolved(message["bindings"]["kafka"]["key"], document)
    parts = (
        f"<h3>{escape(message['name'])}</h3><p>{escape(payload.get('description', ''))}</p>",
        f"<p>Key: {escape(key.get('description', ''))} ",
        f"<code>{escape(key.get('pattern', ''))}</code></p>",
        _fields("Headers", message.get("headers", {}), document),
        _fields("Fields", payload, document),
    )
    return "".join(parts)


def _fields(caption: str, schema: Node, document: Node) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (name + ("" if name in required else " (optional)"), _described(field, document))
        for name, field in schema.get("properties", {}).items()
    ]
    return f"<h4>{caption}</h4>{_table(rows)}" if rows else ""


def _described(field: Node, document: Node) -> str:
    """Describe a field: its description, its type, its possible values."""
    whole = _resolved(field, document)
    kind = " or ".join(_kinds(field.get("x-usually", whole), document))
    usual = "usually " if "x-usually" in field else ""
    return f"{field.get('description', '')} {usual}{kind}".strip()


def _kinds(field: Node, document: Node) -> Iterator[str]:
    whole = _resolved(field, document)
    if "enum" in whole or "const" in whole:
        yield ", ".join(json.dumps(value) for value in whole.get("enum", (whole.get("const"),)))
    elif "anyOf" in whole:
        for one in whole["anyOf"]:
            yield from _kinds(one, document)
    elif "items" in whole:
        yield f"list of {' or '.join(_kinds(whole['items'], document))}"
    else:
        yield whole.get("type", "anything")


def _resolved(schema: Node, document: Node) -> Node:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Node = document["components"]["schemas"][name] if name else schema
    return found


def _table(rows: Iterable[tuple[str, object]]) -> str:
    cells = (
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{escape(_text(value))}</td></tr>'
        for name, value in rows
    )
    return f"<table>{''.join(cells)}</table>"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
