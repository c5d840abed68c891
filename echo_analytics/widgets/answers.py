"""What widgets show: figures with their tables, or what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import plotly.graph_objects as go

from echo_analytics.errors import ConnectionFailed, EchoError, InvalidInput
from echo_analytics.plots.text import short
from echo_analytics.tables.cells import text
from echo_analytics.tables.kind import html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from great_tables import GT

F = TypeVar("F")

_NAMES = {
    "start": "The first day",
    "end": "The last day",
    "timezone": "The time zone",
    "category_id": "The category",
    "query": "The search",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure and the table that stands beside it.

    Attributes
    ----------
    figure
        The figure.
    table
        Makes the table.
    category
        The name of the category that both are about.
    """

    figure: go.Figure
    table: Callable[[], GT]
    category: str | None = None

    def about(self, category: str | None) -> Shown:
        """Return both with the name of the category that they are about."""
        if category is None:
            return self
        title = f"{self.figure.layout.title.text} in {short(category, 40)}"
        figure = go.Figure(self.figure).update_layout(title_text=title)
        return Shown(figure, self.table, category)

    def written(self) -> str:
        """Return the table as HTML."""
        table = self.table()
        if self.category is not None:
            table = table.tab_source_note(html(f"Only posts in {text(self.category, 60)}"))
        return table.as_raw_html()


@dataclass(frozen=True, slots=True)
class Answer(Generic[F]):
    """What a widget shows.

    Attributes
    ----------
    frame
        What the analysis returned.
    parts
        Figures and tables, one for each section of the widget; None hides a section.
    said
        What is said above them instead of when they were asked for.
    rest
        Asks for what can wait until they are shown, and returns what shows it.
    """

    frame: F | None
    parts: Sequence[Shown | None]
    said: str | None = None
    rest: Callable[[], Callable[[], None]] | None = None


def words(error: EchoError) -> str:
    """Say what went wrong, for people who never see the code."""
    if isinstance(error, InvalidInput):
        return f"{_NAMES.get(error.argument, error.argument)} {error.problem}."
    if isinstance(error, ConnectionFailed):
        return f"The database cannot be reached: {error}."
    return f"There is no answer: {error}."
