"""All widgets on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import ipywidgets as ipw

from echo_analytics.plots.template import palette
from echo_analytics.widgets.display import close_all, shown_in_a_cell
from echo_analytics.widgets.overview import Overview
from echo_analytics.widgets.post_search import PostSearch
from echo_analytics.widgets.posts_over_time import PostsOverTime
from echo_analytics.widgets.scope import Scope
from echo_analytics.widgets.user_explorer import UserExplorer

if TYPE_CHECKING:
    from datetime import date, datetime

    import plotly.graph_objects as go

    from echo_analytics.errors import EchoError
    from echo_analytics.plots import Theme
    from echo_analytics.source import Source
    from echo_analytics.widgets.panel import Panel

F = TypeVar("F")


class Dashboard(Generic[F]):
    """Tabs with key figures, posts over time, users and the search, for one range and zone.

    Range, zone and category stand above the tabs and hold for all of them. Only the tab that is
    open asks the database; another one asks when it is opened. It shows itself in a cell.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day to begin with; None: the 90 days that end with the newest post.
    timezone
        The IANA name of the zone whose days and hours are meant.
    category_id
        Only the posts of this category.
    now
        The moment (aware) that decides what is complete; None is the present.
    theme
        "light" or "dark".

    Attributes
    ----------
    view : ipywidgets.Widget
        What is shown.
    overview, posts, users, search : Overview, PostsOverTime, UserExplorer, PostSearch
        The tabs.
    scope : Scope
        The controls above them: ``start``, ``end``, ``length``, ``zone`` and ``category``.
    frame, figure, error
        Those of the tab that is open.

    Raises
    ------
    InvalidInput
        An argument is wrong.

    Examples
    --------
    >>> from echo_analytics.widgets import Dashboard
    >>> dashboard = Dashboard(db, "2026-06-01", "2026-06-30").wait()
    >>> dashboard.frame.columns[0]
    'metric'
    >>> dashboard.close()
    """

    def __init__(
        self,
        source: Source[F],
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        timezone: str = "UTC",
        category_id: str | None = None,
        now: datetime | None = None,
        theme: Theme = "light",
    ) -> None:
        palette(theme)
        self._closed = False
        self.scope = Scope(start, end, timezone=timezone, category_id=category_id, now=now)
        # Any: widgets of one source have its frames.
        shared: dict[str, Any] = {"scope": self.scope, "theme": theme}
        self.overview: Overview[F] = Overview(source, **shared)
        self.posts: PostsOverTime[F] = PostsOverTime(source, **shared)
        self.users: UserExplorer[F] = UserExplorer(source, **shared)
        self.search: PostSearch[F] = PostSearch(source, **shared)
        self.tabs: dict[str, Panel[F]] = {
            "Overview": self.overview,
            "Posts": self.posts,
            "Users": self.users,
            "Search": self.search,
        }
        self._tab = ipw.Tab([panel.view for panel in self.tabs.values()], titles=list(self.tabs))
        self._tab.observe(self._opened, names="selected_index")
        self.view = ipw.VBox([self.scope.view, self._tab])
        self._opened()

    @property
    def tab(self) -> str:
        """The name of the tab that is open; it can be set."""
        return list(self.tabs)[self._tab.selected_index or 0]

    @tab.setter
    def tab(self, name: str) -> None:
        self._tab.selected_index = list(self.tabs).index(name)

    @property
    def frame(self) -> F | None:
        """What the tab that is open shows."""
        return self.tabs[self.tab].frame

    @property
    def figure(self) -> go.Figure | None:
        """What the tab that is open has drawn."""
        return self.tabs[self.tab].figure

    @property
    def error(self) -> EchoError | None:
        """Why the tab that is open has no new answer, None where it has one."""
        return self.tabs[self.tab].error

    def refresh(self) -> None:
        """Ask again, also for what there is to choose from."""
        self.scope.forget()
        self.scope.changed()

    def wait(self, timeout: float | None = 60) -> Self:
        """Wait until the tab that is open shows what the controls ask for.

        Raises
        ------
        TimeoutError
            That takes longer than ``timeout`` seconds.
        """
        self.tabs[self.tab].wait(timeout)
        return self

    def close(self) -> None:
        """Free the threads, observers and models of all tabs."""
        if self._closed:
            return
        self._closed = True
        for panel in self.tabs.values():
            panel.close()
        close_all(self.view)
        self.scope.close()

    def __repr__(self) -> str:
        return f"<Dashboard, {'closed' if self._closed else 'open'}>"

    # Any: what Jupyter hands on.
    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        return shown_in_a_cell(self, None if self._closed else self.view, options)

    # Any: what ipywidgets tells of a change.
    def _opened(self, _change: Any = None) -> None:  # noqa: ANN401
        for name, panel in self.tabs.items():
            panel.activate(name == self.tab)
