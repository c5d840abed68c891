"""Who writes, and what one of them has written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow.compute as pc

from echo_analytics import plots, tables
from echo_analytics.analytics.posts import posts_with_authors
from echo_analytics.analytics.users import user_stats
from echo_analytics.arguments import text
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.widgets.answers import Answer, Shown
from echo_analytics.widgets.controls import dropdown, field, one_id
from echo_analytics.widgets.narrowed import exact
from echo_analytics.widgets.noted import Noted
from echo_analytics.widgets.panel import Panel
from echo_analytics.widgets.scope import Scope

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from echo_analytics.plots import Origin, Theme
    from echo_analytics.source import Source
    from echo_analytics.widgets.scope import Chosen

F = TypeVar("F")

NOBODY = "Nobody yet"
_MOST_NAMES = 200
_MOST_POSTS = 50


class UserExplorer(Panel[F]):
    """Users with their posts by status, found by name; and the newest posts of one of them.

    The counts of users are over all time. The posts of the user who is chosen are the newest
    published ones of the range and the category. It shows itself in a cell.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day to begin with; None: the 90 days that end with the newest post.
    name
        Only users whose name has this in it, whatever its case.
    user_id
        The user whose posts are shown; None is nobody.
    timezone
        The IANA name of the zone whose days are meant.
    category_id
        Only the posts of this category.
    now
        The moment (aware) that the last 30 days of a user end with; None is the present.
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
        What ``user_stats`` returned, the users that were looked for; None before an answer.
    posts : frame
        What ``posts_with_authors`` returned for the user who is chosen, None without one.
    figure : plotly.graph_objects.Figure
        The users, as they are drawn.
    error : EchoError
        Why there is no new answer, None where there is one.

    Raises
    ------
    InvalidInput
        An argument is wrong.

    Examples
    --------
    >>> from echo_analytics.widgets import UserExplorer
    >>> people = UserExplorer(db, name="an").wait()
    >>> people.frame.columns[1], people.figure.layout.title.text
    ('user_name', 'Most active users')
    >>> people.close()
    """

    widths = (860, 640)

    def __init__(
        self,
        source: Source[F],
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        name: str = "",
        user_id: str | None = None,
        timezone: str = "UTC",
        category_id: str | None = None,
        now: datetime | None = None,
        theme: Theme = "light",
        scope: Scope | None = None,
    ) -> None:
        palette(theme)
        self._wanted, looked_for = one_id("user_id", user_id), text("name", name)
        self.posts: F | None = None
        shared = scope is not None
        scope = scope or Scope(start, end, timezone=timezone, category_id=category_id, now=now)
        self.name = field("Name", "part of a name", looked_for, "260px")
        self.user = dropdown("Posts of", [(NOBODY, "")], "", "360px")
        super().__init__(
            source,
            scope,
            [self.name, self.user],
            theme,
            shared=shared,
            typed=[self.name],
        )
        self._ask()

    def _answer(self) -> Answer[F]:
        chosen, now = self.scope.chosen(), self.scope.now or datetime.now(UTC)
        noted = Noted(self._source)
        known = exact(user_stats(noted.source, timezone=chosen.timezone, now=now))
        found = pc.match_substring(known["user_name"], self.name.value, ignore_case=True)
        users = known.filter(found)
        with self._quiet:
            self._offer(users, known)
        meta: Origin = {
            "parameters": {"timezone": chosen.timezone, "name": self.name.value},
            "as_of": now,
            "sql": noted.sql,
        }
        shown = Shown(
            plots.user_stats(users, theme=self._theme, meta=meta),
            lambda: tables.user_stats(users, timezone=chosen.timezone, theme=self._theme),
        )
        parts = [shown, self._posts_of(self.user.value or None, chosen, now)]
        return Answer(self._source.as_frame(users), parts)

    def _posts_of(self, user_id: str | None, chosen: Chosen, now: datetime) -> Shown | None:
        self.posts = None
        if user_id is None:
            return None
        asked: dict[str, Any] = {
            "limit": _MOST_POSTS,
            "author_id": user_id,
            "category_id": chosen.category_id,
            "start": chosen.start,
            "end": chosen.end,
            "timezone": chosen.timezone,
        }
        noted = Noted(self._source)
        # Any: the frames of two libraries.
        newest: Any = posts_with_authors(noted.source, **asked)
        self.posts = newest
        return Shown(
            plots.posts_with_authors(
                newest,
                theme=self._theme,
                meta={"parameters": asked, "as_of": now, "sql": noted.sql},
            ),
            lambda: tables.posts_with_authors(newest, timezone=chosen.timezone, theme=self._theme),
        ).about(chosen.category)

    def _offer(self, users: pa.Table, known: pa.Table) -> None:
        """Offer the users that were found, and keep the one who is chosen."""
        kept = self._wanted or self.user.value or None
        self._wanted = None
        chosen = known.filter(pc.equal(known["user_id"], kept)) if kept else known.slice(0, 0)
        offered = {
            key: _label(row)
            for row in users.slice(0, _MOST_NAMES).to_pylist()
            if (key := row["user_id"])
        }
        offered |= {row["user_id"]: _label(row) for row in chosen.to_pylist()}
        self.user.options = [(NOBODY, ""), *((label, key) for key, label in offered.items())]
        self.user.value = kept if kept in offered else ""


def _label(row: dict[str, Any]) -> str:
    name = " ".join(row["user_name"].split())[:60]
    return f"{name} ({count(row['total_posts'], 'post')})"
