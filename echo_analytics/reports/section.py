"""What a report is: a title, and sections that are a text, a table or a figure of one analysis.

A report is a function of a period, and of a source for what it has to look up::

    def daily(period: Period, source: Source[pa.Table]) -> Report:
        return Report(
            title=f"Posts of {period.words}",
            sections=(
                Section("overview", "Overview", echo.overview, says=sentences.overview),
                Section("authors", "Top authors", echo.top_authors, {"limit": 5}),
            ),
        )

An analysis is called with ``start``, ``end``, ``timezone`` and ``now`` of the report where it takes
them, and with the parameters that the section gives. Its figure and its table for people are those
of the same name in ``echo.plots`` and ``echo.tables``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, TypeAlias

import pyarrow as pa

from echo_analytics import plots, tables

if TYPE_CHECKING:
    from datetime import datetime

    import plotly.graph_objects as go
    from great_tables import GT

    from echo_analytics.arrow import Statement
    from echo_analytics.plots import Theme
    from echo_analytics.reports.period import Period
    from echo_analytics.source import Source

# Any: an analysis is asked for Arrow tables, which come without types.
Analysis: TypeAlias = Callable[Concatenate["Source[Any]", ...], Any]
Says: TypeAlias = Callable[[pa.Table], Iterable[str]]
Change: TypeAlias = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Parameters
    ----------
    name
        A word for files and sheets: letters, digits and underscores.
    heading
        What it is about.
    analysis
        The function that is asked; None for a section of text.
    parameters
        Its arguments, besides those of the report: they go before these.
    says
        Gives sentences about the rows. A section of text gives them with ``text``.
    text
        Sentences that are known beforehand.
    figure
        Whether there is a figure, where ``echo.plots`` has one of the analysis.
    hidden
        Columns that are in the files of data but not in the table for people.
    rows
        Changes the rows before anything else is made of them: takes some of them, for instance.
    shown_as
        The analysis whose figure and table it has; None for its own.
    """

    name: str
    heading: str
    analysis: Analysis | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    says: Says | None = None
    text: tuple[str, ...] = ()
    figure: bool = True
    hidden: tuple[str, ...] = ()
    rows: Change | None = None
    shown_as: str | None = None

    @property
    def asks(self) -> str:
        """The name of the analysis that its rows have the columns of."""
        return self.shown_as or str(getattr(self.analysis, "__name__", ""))


@dataclass(frozen=True, slots=True)
class Report:
    """A title and its sections.

    Parameters
    ----------
    title
        What stands at the top.
    sections
        The sections, in order.
    """

    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section with what was found for it.

    Parameters
    ----------
    section
        The section.
    arguments
        What its analysis was called with.
    table
        The rows; None for a section of text.
    statements
        What the database was asked.
    sentences
        What is said about them.
    as_of
        The moment that the rows are true of.
    """

    section: Section
    arguments: Mapping[str, object]
    table: pa.Table | None
    statements: tuple[Statement, ...]
    sentences: tuple[str, ...]
    as_of: datetime

    @property
    def has_figure(self) -> bool:
        """Whether there is a figure."""
        return self.table is not None and self.section.figure and bool(_named(plots, self.section))

    def figure(self, theme: Theme = "light") -> go.Figure:
        """Return the figure, which knows where its numbers are from."""
        draw = _named(plots, self.section)
        assert draw is not None  # noqa: S101 - asked for before
        meta: plots.Origin = {"parameters": dict(self.arguments), "as_of": self.as_of}
        if self.statements:
            meta["sql"] = self.statements[-1]
        given = {**self.arguments, "theme": theme, "meta": meta}
        return draw(self.table, **taken(draw, given))

    def shown(self, theme: Theme = "light") -> GT | None:
        """Return the table for people, None where ``echo.tables`` has none of the analysis."""
        make = _named(tables, self.section)
        if make is None or self.table is None:
            return None
        made: GT = make(self.table, **taken(make, {**self.arguments, "theme": theme}))
        return made


def arguments_of(section: Section, period: Period, now: datetime) -> dict[str, object]:
    """Return what the analysis of a section is called with."""
    assert section.analysis is not None  # noqa: S101 - asked for before
    given = {
        "start": period.first,
        "end": period.last,
        "timezone": period.zone.key,
        "now": now,
        **section.parameters,
    }
    return taken(section.analysis, given) | dict(section.parameters)


# Any: whatever the function takes.
def taken(function: Callable[..., object], given: Mapping[str, object]) -> dict[str, Any]:
    """Return those of the arguments that a function takes by name.

    Examples
    --------
    >>> taken(sorted, {"reverse": True, "limit": 3})
    {'reverse': True}
    """
    known = inspect.signature(function).parameters
    return {name: value for name, value in given.items() if name in known}


# Any: a function of plots or of tables.
def _named(module: object, section: Section) -> Callable[..., Any] | None:
    return getattr(module, section.asks or "-", None)
