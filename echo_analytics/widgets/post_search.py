"""Searching posts while somebody writes what for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import ipywidgets as ipw

from echo_analytics import plots, tables
from echo_analytics.arguments import positive, text
from echo_analytics.plots.template import palette
from echo_analytics.widgets.answers import Answer, Shown
from echo_analytics.widgets.controls import dropdown, field
from echo_analytics.widgets.display import status_line
from echo_analytics.widgets.finding import days_of, facets_of, page_of, total_of
from echo_analytics.widgets.noted import Noted
from echo_analytics.widgets.panel import Panel
from echo_analytics.widgets.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from echo_analytics.analytics.counting import MatchCount
    from echo_analytics.plots import Origin, Theme
    from echo_analytics.source import Source
    from echo_analytics.widgets.finding import Page
    from echo_analytics.widgets.scope import Chosen

F = TypeVar("F")

HINT = 'Write what to look for: words, "a phrase", -without'
_FACETS = {"category": "In category", "author": "By author", "month": "In month"}
_MOST_ON_A_PAGE = 100


class PostSearch(Panel[F]):
    """Published posts that answer a query best, page by page, while it is written.

    The categories, authors and months of what was found are filters, with how many posts each has.
    It shows itself in a cell.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What to look for to begin with.
    start, end
        The first and the last day to begin with; None: those of the oldest and the newest post.
    page_size
        How many posts stand on a page, at most 100.
    timezone
        The IANA name of the zone whose days are meant, and in which moments are told.
    category_id
        Only the posts of this category.
    now
        The moment (aware) that is taken for the present.
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
        What ``search_posts`` returned, the posts of the page; None while nothing is looked for.
    figure : plotly.graph_objects.Figure
        Their scores.
    page : int
        The number of the page, from 1.
    total : MatchCount
        How many posts are on all pages, as ``search_count`` says it; None while it is not known.
    facets : dict
        The controls to narrow what was found: "category", "author" and "month".
    error : EchoError
        Why there is no new answer, None where there is one.

    Raises
    ------
    InvalidInput
        An argument is wrong.

    Examples
    --------
    >>> from echo_analytics.widgets import PostSearch
    >>> search = PostSearch(db, "migration", page_size=5).wait()
    >>> len(search.frame), search.figure.layout.title.text
    (5, 'Best matches for “migration”')
    >>> search.next.click()
    >>> int(search.wait().frame["rank"].min())
    6
    >>> search.close()
    """

    widths = (700,)

    def __init__(
        self,
        source: Source[F],
        query: str = "",
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        page_size: int = 10,
        timezone: str = "UTC",
        category_id: str | None = None,
        now: datetime | None = None,
        theme: Theme = "light",
        scope: Scope | None = None,
    ) -> None:
        palette(theme)
        wanted = text("query", query)
        self._size = positive("page_size", page_size, _MOST_ON_A_PAGE)
        shared = scope is not None
        scope = scope or Scope(
            start, end, timezone=timezone, category_id=category_id, now=now, everything=True
        )
        self.page = 1
        self.total: MatchCount | None = None
        self.query = field("Search", HINT, wanted, "min(520px, 100%)")
        self.previous = ipw.Button(description="Previous page", disabled=True)
        self.next = ipw.Button(description="Next page", disabled=True)
        self.facets = {
            name: dropdown(words, [("Any", "")], "", "300px") for name, words in _FACETS.items()
        }
        controls = [self.query, *self.facets.values(), self.previous, self.next]
        super().__init__(source, scope, controls, theme, shared=shared, typed=[self.query])
        self.previous.on_click(lambda _: self._turn(-1))
        self.next.on_click(lambda _: self._turn(1))
        self._ask()

    # Any: what ipywidgets tells of a change.
    def _changed(self, change: Any = None) -> None:  # noqa: ANN401
        if not self._quiet.here:
            self.page = 1
        super()._changed(change)

    def _typed(self, change: Any) -> None:  # noqa: ANN401
        self.page = 1
        super()._typed(change)

    def _turn(self, pages: int) -> None:
        self.page = max(1, self.page + pages)
        self._ask()

    def _answer(self) -> Answer[F]:
        query, chosen = self.query.value, self.scope.chosen()
        self.total = None
        self._allow(None)
        if not query.strip():
            return Answer(None, [None], HINT)
        filters = self._filters(chosen)
        noted, now = Noted(self._source), self.scope.now or datetime.now(UTC)
        page = page_of(noted.source, query, self.page, self._size, filters)
        asked = {**filters, "query": query, "limit": self._size, "offset": page.first - 1}
        origin: Origin = {"parameters": asked, "as_of": now, "sql": noted.sql}
        return Answer(
            page.frame,
            [self._drawn(page, query, chosen, origin)],
            page.said(),
            lambda: self._rest(page, query, filters),
        )

    def _rest(self, page: Page[F], query: str, filters: dict[str, Any]) -> Callable[[], None]:
        """Ask how many there are and of what kinds, and return what shows that."""
        total = total_of(self._source, query, filters)
        offered = facets_of(self._source, query, filters)

        def show() -> None:
            self.total = total
            self._offer(offered)
            self._allow(page)
            self._status.value = status_line(page.said(total))

        return show

    def _filters(self, chosen: Chosen) -> dict[str, Any]:
        """Return range, category and author, as the search takes them."""
        category = self.facets["category"]
        # A post has one category, and the shared one goes before.
        category.disabled = chosen.category_id is not None
        first, last = chosen.start, chosen.end
        month = self.facets["month"]
        if month.value:
            begin, end = days_of(month.value)
            if begin > last or end < first:
                with self._quiet:
                    month.value = ""
            else:
                first, last = max(first, begin), min(last, end)
        return {
            "start": first,
            "end": last,
            "timezone": chosen.timezone,
            "category": chosen.category_id or category.value or None,
            "author": self.facets["author"].value or None,
        }

    def _offer(self, offered: dict[str, list[tuple[str, str]]]) -> None:
        """Offer what was found to filter by, and keep what is chosen."""
        with self._quiet:
            for name, control in self.facets.items():
                kept, options = control.value, offered[name]
                if kept and kept not in {value for _, value in options}:
                    options = [(control.label, kept), *options]
                control.options = [("Any", ""), *options]
                control.value = kept

    def _allow(self, page: Page[F] | None) -> None:
        """Let people turn to the pages that there are."""
        self.previous.disabled = page is None or self.page == 1
        self.next.disabled = page is None or self.total is None or not page.more(self.total)

    def _drawn(self, page: Page[F], query: str, chosen: Chosen, origin: Origin) -> Shown:
        # Any: plots and tables take frames of any library.
        rows: Any = page.frame
        return Shown(
            plots.search_posts(
                rows,
                query=query,
                top=self._size,
                theme=self._theme,
                meta=origin,
            ),
            lambda: tables.search_posts(
                rows, query=query, top=self._size, timezone=chosen.timezone, theme=self._theme
            ),
        )
