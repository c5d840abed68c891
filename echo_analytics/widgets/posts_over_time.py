"""How many posts there were, bucket by bucket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from echo_analytics import plots, tables
from echo_analytics.analytics.series import posts_over_time
from echo_analytics.arguments import choice, positive
from echo_analytics.buckets import EVERY
from echo_analytics.periods import COMPARISONS
from echo_analytics.plots.template import palette
from echo_analytics.queries.activity import BREAKDOWNS
from echo_analytics.widgets.answers import Answer, Shown
from echo_analytics.widgets.controls import COMPARED, dropdown
from echo_analytics.widgets.narrowed import in_category
from echo_analytics.widgets.noted import Noted
from echo_analytics.widgets.panel import Panel
from echo_analytics.widgets.scope import Scope

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.arrow import Statement
    from echo_analytics.buckets import Every
    from echo_analytics.periods import Comparison
    from echo_analytics.plots import Theme
    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import Source
    from echo_analytics.widgets.scope import Chosen

F = TypeVar("F")

_BY = {"category": "Category", "author": "Author", "status": "Status", "role": "Role of the author"}
_WINDOWS = (3, 7, 14, 28)


class PostsOverTime(Panel[F]):
    """Posts by hour to year of a zone: a chart, its numbers, and controls for what they show.

    It shows itself in a cell. Queries run off the main thread; of answers that come too late
    nothing is seen.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day to begin with; None: the 90 days that end with the newest post.
    every
        "hour", "day", "week", "month", "quarter" or "year".
    by
        The breakdown: "category", "author", "status", "role" or None.
    timezone
        The IANA name of the zone whose days and hours are meant.
    category_id
        Only the posts of this category; there is no breakdown then.
    rolling
        Add means over this many buckets.
    compare
        "previous_period", "previous_year" or None.
    now
        The moment (aware) that decides which buckets are complete; None is the present.
    theme
        "light" or "dark".
    scope
        The controls of a dashboard, which shows the widget; ``start``, ``end``, ``timezone``,
        ``category_id`` and ``now`` are theirs then.

    Attributes
    ----------
    view : ipywidgets.Widget
        What is shown.
    frame : frame
        What ``posts_over_time`` returned, None before there is an answer.
    figure : plotly.graph_objects.Figure
        What is drawn.
    error : EchoError
        Why there is no new answer, None where there is one.

    Raises
    ------
    InvalidInput
        An argument is wrong.

    Examples
    --------
    >>> from echo_analytics.widgets import PostsOverTime
    >>> weeks = PostsOverTime(db, "2026-01-05", "2026-06-28", every="week").wait()
    >>> len(weeks.frame), weeks.figure.layout.title.text
    (25, 'Posts per week')
    >>> weeks.close()
    """

    def __init__(
        self,
        source: Source[F],
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        every: Every = "day",
        by: Breakdown | None = None,
        timezone: str = "UTC",
        category_id: str | None = None,
        rolling: int | None = None,
        compare: Comparison | None = None,
        now: datetime | None = None,
        theme: Theme = "light",
        scope: Scope | None = None,
    ) -> None:
        choice("every", every, EVERY)
        if by is not None:
            choice("by", by, BREAKDOWNS)
        if compare is not None:
            choice("compare", compare, COMPARISONS)
        windows = {*_WINDOWS} if rolling is None else {*_WINDOWS, positive("rolling", rolling)}
        palette(theme)
        shared = scope is not None
        scope = scope or Scope(start, end, timezone=timezone, category_id=category_id, now=now)
        self.every = dropdown(
            "Every", [(each.capitalize(), each) for each in EVERY], every, "150px"
        )
        self.by = dropdown(
            "Broken down by",
            [("Nothing", ""), *((_BY[each], each) for each in BREAKDOWNS)],
            by or "",
            "270px",
        )
        self.rolling = dropdown(
            "Mean over",
            [("Nothing", 0), *((str(each), each) for each in sorted(windows))],
            rolling or 0,
            "180px",
        )
        self.compare = dropdown(
            "Compared with",
            [("Nothing", ""), *((COMPARED[each], each) for each in COMPARISONS)],
            compare or "",
            "250px",
        )
        controls = [self.every, self.by, self.rolling, self.compare]
        super().__init__(source, scope, controls, theme, shared=shared)
        self._ask()

    def _answer(self) -> Answer[F]:
        chosen = self.scope.chosen()
        # A breakdown is by one thing at a time, and the category is one.
        self.by.disabled = chosen.category_id is not None
        by = None if chosen.category_id else self.by.value or None
        asked: dict[str, Any] = {
            "start": chosen.start,
            "end": chosen.end,
            "every": self.every.value,
            "timezone": chosen.timezone,
            "rolling": self.rolling.value or None,
            "compare": self.compare.value or None,
            "now": self.scope.now or datetime.now(UTC),
        }
        noted = Noted(self._source)
        if chosen.category_id is None:
            frame = posts_over_time(noted.source, by=by, **asked)
        else:
            frame = in_category(
                self._source,
                lambda by, top: posts_over_time(noted.source, by=by, top=top, **asked),
                chosen.category_id,
                self.scope.categories,
            )
        asked |= {"by": by, "category_id": chosen.category_id}
        return Answer(frame, [self._drawn(frame, chosen, asked, noted.sql)])

    def _drawn(
        self, frame: F, chosen: Chosen, asked: dict[str, Any], sql: Statement | str
    ) -> Shown:
        # Any: plots and tables take frames of any library.
        rows: Any = frame
        zone, theme, every = chosen.timezone, self._theme, asked["every"]
        figure = plots.posts_over_time(
            rows,
            every=every,
            timezone=zone,
            theme=theme,
            meta={"parameters": asked, "as_of": asked["now"], "sql": sql},
        )
        return Shown(
            figure, lambda: tables.posts_over_time(rows, every=every, timezone=zone, theme=theme)
        ).about(chosen.category)
