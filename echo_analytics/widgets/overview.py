"""The key figures of a range, and what was posted in each category."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from echo_analytics import plots, tables
from echo_analytics.analytics.summaries import category_summary, overview
from echo_analytics.arguments import choice
from echo_analytics.periods import COMPARISONS
from echo_analytics.plots.template import palette
from echo_analytics.widgets.answers import Answer, Shown
from echo_analytics.widgets.controls import COMPARED, dropdown
from echo_analytics.widgets.noted import Noted
from echo_analytics.widgets.panel import Panel
from echo_analytics.widgets.scope import Scope

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.periods import Comparison
    from echo_analytics.plots import Origin, Theme
    from echo_analytics.source import Source

F = TypeVar("F")


class Overview(Panel[F]):
    """The key figures of a range beside those before, and the posts of each category.

    They are of all categories, whichever is chosen. It shows itself in a cell.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day to begin with; None: the 90 days that end with the newest post.
    compare
        "previous_period" or "previous_year", for the key figures. Categories are compared with as
        many days directly before.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that decides whether the range is over; None is the present.
    theme
        "light" or "dark".
    scope
        The controls of a dashboard, which shows the widget; ``start``, ``end``, ``timezone`` and
        ``now`` are theirs then.

    Attributes
    ----------
    view : ipywidgets.Widget
        What is shown.
    frame : frame
        What ``overview`` returned, None before there is an answer.
    categories : frame
        What ``category_summary`` returned.
    figure : plotly.graph_objects.Figure
        The key figures, as they are drawn.
    error : EchoError
        Why there is no new answer, None where there is one.

    Raises
    ------
    InvalidInput
        An argument is wrong.

    Examples
    --------
    >>> from echo_analytics.widgets import Overview
    >>> june = Overview(db, "2026-06-01", "2026-06-30").wait()
    >>> june.frame["metric"][0]
    'total_posts'
    >>> june.close()
    """

    widths = (400, 860)

    def __init__(
        self,
        source: Source[F],
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        compare: Comparison = "previous_period",
        timezone: str = "UTC",
        now: datetime | None = None,
        theme: Theme = "light",
        scope: Scope | None = None,
    ) -> None:
        palette(theme)
        choice("compare", compare, COMPARISONS)
        shared = scope is not None
        scope = scope or Scope(start, end, timezone=timezone, now=now)
        if not shared:
            scope.category.layout.display = "none"
        self.categories: F | None = None
        self.compare = dropdown(
            "Compared with", [(COMPARED[each], each) for each in COMPARISONS], compare, "250px"
        )
        super().__init__(source, scope, [self.compare], theme, shared=shared)
        self._ask()

    def _answer(self) -> Answer[F]:
        chosen, now = self.scope.chosen(), self.scope.now or datetime.now(UTC)
        # Any: plots and tables take frames of any library.
        days: dict[str, Any] = {
            "start": chosen.start,
            "end": chosen.end,
            "timezone": chosen.timezone,
        }
        compare = self.compare.value
        key, by_category = Noted(self._source), Noted(self._source)
        figures: Any = overview(key.source, **days, compare=compare, now=now)
        categories: Any = category_summary(by_category.source, **days, now=now)
        self.categories = categories
        look = {**days, "theme": self._theme}
        origin: Origin = {
            "parameters": {**days, "compare": compare},
            "as_of": now,
            "sql": key.sql,
        }
        of_categories: Origin = {"parameters": days, "as_of": now, "sql": by_category.sql}
        parts = [
            Shown(
                plots.overview(figures, **look, meta=origin),
                lambda: tables.overview(figures, **look),
            ),
            Shown(
                plots.category_summary(categories, **look, meta=of_categories),
                lambda: tables.category_summary(categories, **look),
            ),
        ]
        said = None if chosen.category is None else "These are the figures of all categories."
        return Answer(figures, parts, said)
