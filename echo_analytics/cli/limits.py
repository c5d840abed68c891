"""``--timeout``: all of a report, or none of it, within a time."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import typer

from echo_analytics.cli.common import complain, opened
from echo_analytics.errors import EchoError, InvalidInput, TimedOut
from echo_analytics.supervision import is_supervised, supervise, time_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.cli.wish import Wish

_MOST = 7 * 24 * 3_600
_FOR_THE_LEDGER = 30.0


@contextlib.contextmanager
def limited(wish: Wish) -> Iterator[None]:
    """Run the block in a process of its own that ends in time, where there is a limit.

    Raises
    ------
    typer.Exit
        In the process that watches, with the exit code of the other.
    InvalidInput
        The limit is none.
    TimedOut
        The time is over: in the process that works, or in the other where that one had to be
        killed.
    """
    if wish.timeout is None:
        yield
        return
    if not 0 < wish.timeout <= _MOST:
        raise InvalidInput("--timeout", f"needs seconds, up to {_MOST}")
    if is_supervised():
        with time_limit(wish.timeout):
            yield
        return
    try:
        code = supervise([sys.executable, "-m", "echo_analytics", *sys.argv[1:]], wish.timeout)
    except TimedOut as error:
        _write_down(wish, str(error))
        raise
    raise typer.Exit(code)


def _write_down(wish: Wish, reason: str) -> None:
    """Say in the ledger what a process could not say that had to be killed."""
    from echo_analytics.reports.ledger import open_ledger
    from echo_analytics.reports.sweeping import sweep

    output = wish.output.absolute()
    try:
        with time_limit(_FOR_THE_LEDGER), opened(wish.database, wish.debug) as db:
            ledger = open_ledger(db, output)
            going_on = [run.run_id for run in ledger.running()]
            if going_on and output.is_dir():
                sweep(output, ledger)
            for run_id in going_on:
                if ledger.run(run_id).status == "failed":
                    ledger.record(run_id, error=reason)
    except (EchoError, OSError) as error:
        complain(f"the ledger could not be told, the next run will: {error}")
