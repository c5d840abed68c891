"""A file imports only from lower floors, and on its own floor from files listed above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "echo_analytics"

FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "errors",
        "journal",
        "settings",
        "schema",
        "models",
        "source",
        "local_days",
        "buckets",
        "periods",
        "arguments",
    ),
    (
        "sqlstate",
        "target",
        "arrow",
        "frames",
        "cursor",
        "audit",
        "output",
        "sessions",
        "adbc",
        "reader",
        "readers",
        "engine",
        "postgres",
        "embedded",
    ),
    (
        "catalogue",
        "triggers",
        "violations",
        "transactions",
        "repositories",
        "services",
        "health",
        "reader_role",
        "migration",
        "migrate",
        "constructs",
        "rollups",
        "search_index",
        "view",
        "database",
        "bulk",
        "backfill",
        "queries",
        "ingest",
        "demo",
    ),
    ("semantic", "analytics", "search", "status"),
    ("plots", "tables"),
    ("scheduling", "supervision", "delivery", "widgets", "serving", "reports", "notebook_reports"),
    ("cli",),
)
ORDER = [name for floor in FLOORS for name in floor]


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def runtime_imports(tree: ast.Module) -> set[str]:
    """The parts of the package that a module imports at its top, except for type checking."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            head, _, rest = node.module.partition(".")
            if head == "echo_analytics":
                names = [rest] if rest else [alias.name for alias in node.names]
                found.update(name.split(".")[0] for name in names)
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.name))
def test_a_file_imports_only_from_below(path: Path) -> None:
    part = part_of(path)
    if part in {"__init__", "__main__", "_migrations"}:
        return
    below = set(ORDER[: ORDER.index(part) + 1])
    for name in runtime_imports(ast.parse(path.read_text())):
        assert name in below or (part in {"reports", "cli"} and name not in ORDER)


def test_every_file_of_the_package_has_a_floor() -> None:
    parts = {part_of(path) for path in PACKAGE.rglob("*.py")}
    assert parts - {"__init__", "__main__", "_migrations"} == set(ORDER)


def test_only_the_frames_module_imports_pandas_and_polars() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.name == "frames.py":
            continue
        tree = ast.parse(path.read_text())
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in typing_only or not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names]
            modules = names if isinstance(node, ast.Import) else [node.module or ""]
            assert not any(name.split(".")[0] in {"pandas", "polars"} for name in modules), path
