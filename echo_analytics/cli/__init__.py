"""The command ``echo-analytics``: one function for each subcommand.

It exits with 0 when all went well, 2 for wrong usage or input, 3 when the database cannot be
reached, and 1 for anything else. Errors are one line; ``--debug`` adds the trace.

The functions stand in a module for each group of commands; ``start`` lists them. A group of
its own (``rollups ...``) is a ``typer.Typer`` there.
"""

from __future__ import annotations

from echo_analytics.cli.start import app, exit_code, main

__all__ = ["app", "exit_code", "main"]
