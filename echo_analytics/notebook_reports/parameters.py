"""The parameters of a notebook: what its cell tagged ``parameters`` assigns."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import nbformat

TAG = "parameters"


# Any: nbformat comes without types.
def read_notebook(path: Path) -> Any:  # noqa: ANN401
    """Return a notebook.

    Raises
    ------
    InvalidInput
        It is missing, or no notebook.
    MissingExtra
        What reads notebooks is not installed.
    """
    from echo_analytics.notebook_reports.tools import tool

    formats = tool("nbformat")
    try:
        text = path.read_text(encoding="utf-8")
        notebook = formats.reads(text, as_version=4)
        cells = notebook.cells
    except OSError as error:
        raise InvalidInput("notebook", f"{path} cannot be read: {error.strerror}") from None
    except Exception:
        # What is wrong with it comes in a dozen types.
        raise InvalidInput("notebook", f"{path} is not a notebook") from None
    language = notebook.metadata.get("language_info", {}).get("name", "python")
    if language != "python" or not cells:
        raise InvalidInput("notebook", f"{path} has no cells of Python")
    return notebook


def declared(notebook: nbformat.NotebookNode) -> dict[str, object]:
    """Return the parameters of a notebook with their defaults.

    A default that is not a plain value, but an expression, is None here.

    Raises
    ------
    InvalidInput
        The cell with the parameters is no Python.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and TAG in cell.metadata.get("tags", ()):
            try:
                return dict(_assigned(ast.parse(cell.source)))
            except SyntaxError:
                raise InvalidInput(
                    "notebook", "its cell with the parameters is no Python"
                ) from None
    return {}


def read_values(given: Iterable[tuple[str, str]], known: Mapping[str, object]) -> dict[str, object]:
    """Return what was given on the command line in the types of the defaults.

    Raises
    ------
    InvalidInput
        A parameter is unknown or given twice, or its value has another type than its default.
    """
    values: dict[str, object] = {}
    for name, text in given:
        if name not in known:
            raise InvalidInput(f"-p {name}", _unknown(known))
        if name in values:
            raise InvalidInput(f"-p {name}", "was given twice")
        values[name] = _value(name, text, known[name])
    return values


def _unknown(known: Mapping[str, object]) -> str:
    if not known:
        return "is unknown: the notebook has no cell tagged parameters"
    return f"is unknown; the parameters of the notebook are {', '.join(known)}"


def _assigned(tree: ast.Module) -> Iterable[tuple[str, object]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        for name in names:
            yield name, _literal(node.value)


def _literal(node: ast.expr | None) -> object:
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return None


def _value(name: str, text: str, default: object) -> object:
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        known = {"true": True, "false": False}
        if text.lower() not in known:
            raise InvalidInput(f"-p {name}", "needs true or false")
        return known[text.lower()]
    if isinstance(default, int):
        return _number(name, text, int, "a whole number")
    if isinstance(default, float):
        return _number(name, text, float, "a number")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    if default is not None and type(value) is not type(default):
        raise InvalidInput(f"-p {name}", f"needs a {type(default).__name__} as Python writes it")
    return value


def _number(name: str, text: str, kind: type[int] | type[float], words: str) -> int | float:
    try:
        return kind(text)
    except ValueError:
        raise InvalidInput(f"-p {name}", f"needs {words}") from None
