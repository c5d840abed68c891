"""Selects that sum up a range: top authors, categories, weekdays and hours, key figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import (
    as_text,
    clock,
    constant,
    instant,
    ratio,
    status_counts,
    whole,
)
from echo_analytics.queries.activity import COUNTS, METRICS
from echo_analytics.schema import UTCDateTime, categories, posts, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.source import AnySelect, Values

FIGURES = (*METRICS, "posts_per_author", "new_authors", "new_users")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since`` until before ``until``; None leaves a side open."""

    since: datetime | None
    until: datetime | None

    def holds(self, column: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
        """The conditions for an instant to lie within."""
        found = []
        if self.since is not None:
            found.append(column >= instant(self.since))
        if self.until is not None:
            found.append(column < instant(self.until))
        return found

    # Any: whatever the change is one of.
    def when_over(self, now: datetime, change: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """A change against another span; null while this one is not over."""
        return change if self.until is not None and self.until <= now else sa.null()


def top_authors(span: Span, limit: int, conditions: Sequence[sa.ColumnElement[bool]]) -> AnySelect:
    """The authors with the most posts; ties share a rank."""
    counted = (
        sa.select(posts.c.author_id, sa.func.count().label("total_posts"))
        .where(*span.holds(posts.c.created_at), *conditions)
        .group_by(posts.c.author_id)
        .subquery("counted")
    )
    most_first = (counted.c.total_posts.desc(), counted.c.author_id)
    ranked = (
        sa.select(
            counted.c.author_id,
            counted.c.total_posts,
            sa.func.rank().over(order_by=counted.c.total_posts.desc()).label("rank"),
            sa.func.sum(counted.c.total_posts).over(order_by=most_first).label("so_far"),
            sa.func.sum(counted.c.total_posts).over().label("all_posts"),
        )
        .order_by(*most_first)
        .limit(limit)
        .subquery("ranked")
    )
    return (
        sa.select(
            sa.cast(ranked.c.rank, sa.BigInteger).label("rank"),
            as_text(ranked.c.author_id).label("author_id"),
            users.c.name.label("author_name"),
            sa.cast(ranked.c.total_posts, sa.BigInteger).label("total_posts"),
            ratio(ranked.c.total_posts, ranked.c.all_posts).label("share"),
            ratio(ranked.c.so_far, ranked.c.all_posts).label("cumulative_share"),
        )
        .select_from(ranked.join(users, users.c.id == ranked.c.author_id))
        .order_by(ranked.c.total_posts.desc(), ranked.c.author_id)
    )


def category_summary(span: Span, before: Span, now: datetime) -> AnySelect:
    """Posts of each category in a span, beside those of the span before."""
    length = sa.func.char_length(posts.c.content)
    median = sa.func.percentile_cont(sa.literal_column("0.5")).within_group(length)
    here = (
        sa.select(
            posts.c.category_id,
            *status_counts()[:2],
            sa.func.count(posts.c.author_id.distinct()).label("unique_authors"),
            sa.func.min(posts.c.created_at).label("first_post"),
            sa.func.max(posts.c.created_at).label("last_post"),
            sa.cast(median, sa.Float).label("median_length"),
        )
        .where(*span.holds(posts.c.created_at))
        .group_by(posts.c.category_id)
        .cte("here")
    )
    previous = (
        sa.select(posts.c.category_id, sa.func.count().label("total_posts"))
        .where(*before.holds(posts.c.created_at))
        .group_by(posts.c.category_id)
        .cte("previous")
    )
    # Posts without a category have a row of their own where there are any.
    named = sa.union(
        sa.select(categories.c.id.label("category_id")),
        *(
            sa.select(part.c.category_id).where(part.c.category_id.is_(None))
            for part in (here, previous)
        ),
    ).subquery("named")

    def same(part: sa.CTE) -> sa.ColumnElement[bool]:
        return part.c.category_id.is_not_distinct_from(named.c.category_id)

    total = sa.func.coalesce(here.c.total_posts, constant(0))
    earlier = sa.func.coalesce(previous.c.total_posts, constant(0))
    everything = sa.select(sa.func.sum(here.c.total_posts)).scalar_subquery()
    return (
        sa.select(
            as_text(named.c.category_id).label("category_id"),
            categories.c.name.label("category"),
            whole(here.c.total_posts, "total_posts"),
            whole(here.c.published_posts, "published_posts"),
            whole(here.c.unique_authors, "unique_authors"),
            ratio(total, everything).label("share"),
            sa.type_coerce(here.c.first_post, UTCDateTime).label("first_post"),
            sa.type_coerce(here.c.last_post, UTCDateTime).label("last_post"),
            here.c.median_length,
            whole(previous.c.total_posts, "total_posts_previous"),
            ratio(span.when_over(now, total - earlier), earlier).label(
                "total_posts_relative_change"
            ),
        )
        .select_from(
            named.outerjoin(categories, categories.c.id == named.c.category_id)
            .outerjoin(here, same(here))
            .outerjoin(previous, same(previous))
        )
        .order_by(
            named.c.category_id.is_(None),
            total.desc(),
            categories.c.name.collate("C"),
            named.c.category_id,
        )
    )


def posting_heatmap(
    span: Span, zone: ZoneInfo, conditions: Sequence[sa.ColumnElement[bool]]
) -> tuple[AnySelect, Values]:
    """Posts by weekday and hour on the clock of a zone: always 168 rows."""
    hands = clock(zone)
    local = hands.shown(posts.c.created_at, hands.fixed)
    weekday = sa.cast(sa.extract("isodow", local), sa.Integer)
    hour = sa.cast(sa.extract("hour", local), sa.Integer)
    shown = sa.select(weekday.label("weekday"), hour.label("hour")).where(
        *span.holds(posts.c.created_at), *conditions
    )
    # What comes from a union is taken for a few values. Otherwise PostgreSQL would reckon with as
    # many groups as there are posts, and not share the work between processes.
    nothing = sa.select(constant(1), constant(0)).where(sa.false())
    hands_of_posts = sa.union_all(shown, nothing).subquery("hands")
    counted = (
        sa.select(
            hands_of_posts.c.weekday, hands_of_posts.c.hour, sa.func.count().label("total_posts")
        )
        .group_by(hands_of_posts.c.weekday, hands_of_posts.c.hour)
        .subquery("counted")
    )
    days, hours = _numbers("weekday", 1, 7), _numbers("hour", 0, 23)
    same = sa.and_(counted.c.weekday == days.c.weekday, counted.c.hour == hours.c.hour)
    cells = (
        sa.select(
            sa.cast(days.c.weekday, sa.BigInteger).label("weekday"),
            sa.cast(hours.c.hour, sa.BigInteger).label("hour"),
            whole(counted.c.total_posts, "total_posts"),
        )
        .select_from(days.join(hours, sa.true()).outerjoin(counted, same))
        .order_by(days.c.weekday, hours.c.hour)
    )
    return cells, hands.values


def _numbers(name: str, first: int, last: int) -> sa.TableValuedAlias:
    series = sa.func.generate_series(constant(first), constant(last))
    return series.table_valued(sa.column(name, sa.Integer), name=f"{name}s").render_derived()


def overview(span: Span, before: Span, now: datetime) -> AnySelect:
    """The key figures of a span and of the one it is compared with, a row each."""
    here, there = _figures(span, before)
    rows = [
        sa.select(
            constant(place).label("place"),
            sa.cast(sa.literal_column(f"'{metric}'"), sa.Text).label("metric"),
            sa.cast(here.c[metric], sa.Float).label("value"),
            sa.cast(there.c[metric], sa.Float).label("value_previous"),
        )
        for place, metric in enumerate(FIGURES)
    ]
    table = sa.union_all(*rows).subquery("figures")
    change = span.when_over(now, table.c.value - table.c.value_previous)
    return sa.select(
        table.c.metric,
        table.c.value,
        table.c.value_previous,
        sa.cast(change, sa.Float).label("change"),
        ratio(change, table.c.value_previous).label("relative_change"),
    ).order_by(table.c.place)


def _figures(*spans: Span) -> list[sa.CTE]:
    """The figures of each span; all of them read the posts once, however many there are.

    That is by author first, which several processes can share, and for which nothing is sorted.
    Spans may overlap.
    """
    each = sa.select(
        sa.func.min(posts.c.created_at).label("first_post"),
        *(
            count.label(f"{count.name}_{number}")
            for number, span in enumerate(spans)
            for count in status_counts(*span.holds(posts.c.created_at))
        ),
    )
    authors = each.group_by(posts.c.author_id).subquery("authors")
    counted = sa.select(
        *(
            sa.func.sum(authors.c[f"{name}_{number}"]).label(f"{name}_{number}")
            for number in range(len(spans))
            for name in COUNTS
        ),
        *(
            sa.func.count()
            .filter(authors.c[f"total_posts_{number}"] > constant(0))
            .label(f"unique_authors_{number}")
            for number in range(len(spans))
        ),
        *_numbers_within(authors.c.first_post, spans, "new_authors"),
    ).cte("counted")
    signed_up = sa.select(*_numbers_within(users.c.created_at, spans, "new_users")).cte("signed_up")
    both = counted.join(signed_up, sa.true())

    def figures(number: int) -> sa.CTE:
        total, authors = (
            counted.c[f"{name}_{number}"] for name in ("total_posts", "unique_authors")
        )
        return (
            sa.select(
                *(whole(counted.c[f"{metric}_{number}"], metric) for metric in METRICS),
                ratio(total, authors).label("posts_per_author"),
                counted.c[f"new_authors_{number}"].label("new_authors"),
                signed_up.c[f"new_users_{number}"].label("new_users"),
            )
            .select_from(both)
            .cte(f"figures_{number}")
        )

    return [figures(number) for number in range(len(spans))]


# Any: an instant, whose type the schema says.
def _numbers_within(
    column: sa.ColumnElement[Any], spans: Sequence[Span], name: str
) -> list[sa.Label[int]]:
    """How many rows lie in each span."""
    return [
        sa.func.count().filter(*span.holds(column)).label(f"{name}_{number}")
        for number, span in enumerate(spans)
    ]
