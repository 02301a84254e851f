"""Finds changes of the contract that break its readers. Pure.

A topic, a message, a field or an enum value may be added. Every other change that a reader could
notice is a break, with one line that says what changed and why it matters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Node = Any
"""Any JSON: a part of an AsyncAPI document or of a JSON Schema."""

_NOTES = frozenset({"title", "description", "examples", "default", "x-usually"})
"""Keywords that promise nothing."""
_BOUNDS = frozenset({"minimum", "maximum", "maxLength", "pattern"})
"""Keywords that may be added: a reader of any number can read a bounded one."""
_MAY_GROW = ("retention.ms", "delete.retention.ms")


def breaks_between(released: Mapping[str, Node], now: Mapping[str, Node]) -> list[str]:
    """Return the breaks between two AsyncAPI documents, a line each; empty if there are none."""
    return [
        *_channel_breaks(released, now),
        *_message_breaks(released["components"]["messages"], now["components"]["messages"]),
        *_schemas_breaks(released["components"]["schemas"], now["components"]["schemas"]),
    ]


def _channel_breaks(released: Mapping[str, Node], now: Mapping[str, Node]) -> Iterator[str]:
    for name, old in released["channels"].items():
        new = now["channels"].get(name)
        if new is None:
            yield f"topic {old['address']}: removed; its readers would wait for ever"
            continue
        where = f"topic {old['address']}"
        if old["address"] != new["address"]:
            yield f"{where}: renamed to {new['address']}; its readers would wait for ever"
        if old.get("x-partition-by") != new.get("x-partition-by"):
            yield f"{where}: partitioned differently; the order of a key's messages would be lost"
        yield from _binding_breaks(where, old["bindings"]["kafka"], new["bindings"]["kafka"])
        for gone in sorted(old["messages"].keys() - new["messages"].keys()):
            yield f"{where}: message {gone} removed; its readers would wait for ever"


def _binding_breaks(where: str, old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[str]:
    if old["partitions"] != new["partitions"]:
        counts = f"{old['partitions']} to {new['partitions']}"
        yield f"{where}: partitions changed from {counts}; keys would move to other partitions"
    before, after = old["topicConfiguration"], new["topicConfiguration"]
    if sorted(before["cleanup.policy"]) != sorted(after["cleanup.policy"]):
        policies = f"{before['cleanup.policy']} to {after['cleanup.policy']}"
        yield f"{where}: cleanup.policy changed from {policies}; what stays on it would differ"
    for name in _MAY_GROW:
        if name in before and after.get(name, 0) < before[name]:
            yield f"{where}: {name} is shorter; a reader that was away would miss messages"


def _message_breaks(released: Mapping[str, Node], now: Mapping[str, Node]) -> Iterator[str]:
    for name in sorted(released.keys() & now.keys()):
        old, new = released[name], now[name]
        if _promise(old["bindings"]["kafka"]["key"]) != _promise(new["bindings"]["kafka"]["key"]):
            yield f"message {name}: the key changed; copies kept by key would hold records twice"
        if old["contentType"] != new["contentType"]:
            yield f"message {name}: contentType changed; it would be read as something else"
        yield from _breaks(f"message {name}, header", old.get("headers"), new.get("headers"))
        yield from _breaks(f"message {name}", old["payload"], new["payload"])


def _schemas_breaks(released: Mapping[str, Node], now: Mapping[str, Node]) -> Iterator[str]:
    for name in sorted(released.keys() & now.keys()):
        yield from _breaks(name, released[name], now[name])
    for name in sorted(released.keys() - now.keys()):
        yield f"{name}: removed or renamed; readers that validate with it would find nothing"


def _breaks(where: str, old: Node, new: Node) -> Iterator[str]:
    """Compare two schemas; both are open, so an added property is no break."""
    if old is None:
        return
    if new is None:
        yield f"{where}: removed; its readers would miss it"
        return
    before, after = old.get("properties", {}), new.get("properties", {})
    yield from _property_breaks(where, before, after)
    yield from _required_breaks(where, old, new)
    for gone in [value for value in old.get("enum", ()) if value not in new.get("enum", ())]:
        yield f"{where}: {gone!r} dropped from its values; its readers would wait for ever"
    if _bare(old) != _without_new_bounds(_bare(new), _bare(old)):
        yield f"{where}: {_text(_bare(old))} became {_text(_bare(new))}; readers expect the first"


def _property_breaks(
    where: str, before: Mapping[str, Node], after: Mapping[str, Node]
) -> Iterator[str]:
    for name, old in before.items():
        if name in after:
            yield from _breaks(f"{where}.{name}", old, after[name])
        else:
            yield f"{where}.{name}: removed or renamed; its readers would miss it"


def _required_breaks(where: str, old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[str]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before - after):
        yield f"{where}.{name}: may be missing now; readers count on it"
    for name in sorted(after - before):
        yield f"{where}.{name}: became required; messages on the topics lack it"


def _bare(schema: Mapping[str, Node]) -> dict[str, Node]:
    """Return the part that must not change at all: the type, its limits, and nested schemas."""
    compared = {"properties", "required", "enum"}
    bare = {name: value for name, value in _promise(schema).items() if name not in compared}
    return bare | ({"enum": "…"} if "enum" in schema else {})


def _promise(schema: Node) -> Node:
    match schema:
        case dict():
            return {name: _promise(v) for name, v in schema.items() if name not in _NOTES}
        case list():
            return [_promise(inner) for inner in schema]
        case _:
            return schema


def _without_new_bounds(new: Node, old: Node) -> Node:
    match new, old:
        case dict(), dict():
            kept = {name: v for name, v in new.items() if name in old or name not in _BOUNDS}
            return {name: _without_new_bounds(v, old.get(name)) for name, v in kept.items()}
        case list(), list() if len(new) == len(old):
            return [_without_new_bounds(*pair) for pair in zip(new, old, strict=True)]
        case _:
            return new


def _text(schema: Mapping[str, Node]) -> str:
    return ", ".join(f"{name} {value}" for name, value in schema.items()) or "anything"
