"""Reads the docstrings under the fields of a class, which msgspec's schemas lack."""

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise


@cache
def field_docstrings(of: type) -> dict[str, str]:
    """Return the docstring under each field, also of inherited fields."""
    found: dict[str, str] = {}
    for kind in reversed(of.__mro__):
        if kind.__module__.startswith("libs."):
            found |= _own_docstrings(kind)
    return found


def _own_docstrings(kind: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        field.target.id: " ".join(inspect.cleandoc(text.value.value).split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
