"""Public functions say what they raise; those of the methods and of the public face say what each argument is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from meos_pipeline import errors

PACKAGE = Path(errors.__file__).parent
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {"ValueError", "TypeError"}
GIVES = {"refused": "ExportError"}
"""Functions that make an error -> its kind."""
FEW = 2
"""So many arguments a sentence can explain."""


def _functions(node: ast.AST, name: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for item in getattr(node, "body", []):
        if isinstance(item, ast.ClassDef | ast.FunctionDef) and not item.name.startswith("_"):
            if isinstance(item, ast.FunctionDef):
                yield f"{name}{item.name}", item
            else:
                yield from _functions(item, f"{name}{item.name}.")


def _public(folder: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted([folder] if folder.is_file() else folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(PACKAGE).as_posix()
        yield from ((f"{place}: {name}", function) for name, function in _functions(tree))


def _raised(function: ast.FunctionDef) -> set[str]:
    """Errors that the function itself raises; those of functions inside it are theirs."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", getattr(node.exc.func, "attr", ""))
            found.add(GIVES.get(name, name))
        waiting += ast.iter_child_nodes(node)
    return found & KINDS


def test_each_error_that_a_public_function_raises_is_in_its_docstring():
    functions = dict(_public(PACKAGE))
    assert len(functions) > 700
    raising = {place: _raised(function) for place, function in functions.items()}
    assert sum(map(bool, raising.values())) > 40
    silent = {
        place: sorted(kinds)
        for place, found in raising.items()
        if (kinds := {kind for kind in found if kind not in (ast.get_docstring(functions[place]) or "")})
    }
    assert silent == {}


@pytest.mark.parametrize("part", ["api.py", "statistics/methods"])
def test_each_argument_of_a_method_or_of_the_public_face_is_explained(part):
    silent = []
    for place, function in _public(PACKAGE / part):
        told = ast.get_docstring(function) or ""
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        names = [name for name in names if name not in {"self", "cls"}]
        if len(names) > FEW:
            silent += [f"{place}: {name}" for name in names if name not in told]
    assert silent == []
