"""Codes of caveats and of reasons that stand in the code, read from its syntax: what readers may have to be told."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import meos_pipeline
from meos_pipeline.contracts.findings import FINDINGS, Label
from meos_pipeline.policy import Policy

PACKAGE = Path(meos_pipeline.__file__).parent
_CODE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
_NO_CODES = {*FINDINGS.names, *(label.value for label in Label)}


def caveats_in_code() -> set[str]:
    """Every code that a statistic may attach to a finding."""
    return {code for name, node in _named() if "caveat" in name.lower() or name == "direction" for code in _texts(node)}


def reasons_in_code() -> set[str]:
    """Every code that may say why there is no number: written beside 'label_reason', or a threshold of the policy."""
    written = {
        code
        for name, node in _named()
        if name in {"label_reason", "reason", "why", "too_little", "refusal"}
        for code in _texts(node)
    }
    return written | {name for name in Policy.__slots__ if name.startswith(("smallest", "fewest", "largest"))}


def _named() -> Iterator[tuple[str, ast.AST]]:
    """Values with the name they are given to: assignments, keywords, keys, aliases, what a function returns."""
    for folder in ("statistics", "disclosure"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from _of(node)


def _of(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            yield from ((name.id, value) for name in ast.walk(target) if isinstance(name, ast.Name))
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value) | ast.keyword(arg=str(name), value=value)
        ):
            yield name, value
        case ast.Call(func=ast.Attribute(attr="alias", value=value), args=[ast.Constant(value=str(name))]):
            yield name, value
        case ast.Call(func=ast.Name(id="_nothing"), args=[_, _, value]):
            yield "reason", value
        case ast.Dict(keys=keys, values=values):
            named = zip(keys, values, strict=True)
            yield from ((str(key.value), value) for key, value in named if isinstance(key, ast.Constant))
        case ast.FunctionDef(name=name):
            returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return))
            yield from ((name.strip("_"), value) for value in returned if value is not None)


def _texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and _CODE.match(str(inner.value)) and inner.value not in _NO_CODES:
            yield str(inner.value)
