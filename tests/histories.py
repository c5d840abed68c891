"""Posts and sign-ups at random around days on which the clocks of a zone do something odd."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from sample_posts import CATEGORY, STATUSES, USERS, Post

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("Asia/Beirut", "2022-03-27"),
    ("Pacific/Apia", "2011-12-30"),
    ("America/Havana", "2026-11-01"),
    ("Atlantic/Azores", "2026-10-25"),
    ("America/St_Johns", "2005-10-30"),
    ("UTC", "2024-02-29"),
]
CATEGORIES = {
    CATEGORY: "Databases",
    UUID(int=101): "Ünïcode 🎉",
    UUID(int=102): 'O\'Brien "x"',
    UUID(int=103): "Nobody posts here",
}
MICROSECOND = timedelta(microseconds=1)
LONG_AFTER = datetime(2035, 1, 1, tzinfo=UTC)
by_examples = settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@st.composite
def places(draw: st.DrawFn) -> tuple[date, ZoneInfo]:
    """A day and a zone in which something happens."""
    name, day = draw(st.sampled_from(CHANGES))
    return date.fromisoformat(day), ZoneInfo(name)


def moments(day: date, hours_before: int, hours_after: int) -> st.SearchStrategy[datetime]:
    """Instants in half-hour steps, now and then a microsecond off."""
    return st.builds(
        lambda steps, micro: noon(day) + steps * timedelta(minutes=30) + micro * MICROSECOND,
        st.integers(-2 * hours_before, 2 * hours_after),
        st.sampled_from([0, 0, 0, 1, -1]),
    )


@st.composite
def posts_at(draw: st.DrawFn, instants: st.SearchStrategy[datetime], most: int = 20) -> list[Post]:
    """Posts of the users at some of the instants."""
    return [
        Post(
            UUID(int=9000 + number),
            draw(st.sampled_from(sorted(USERS))),
            instant,
            draw(st.sampled_from([True, False, None])),
            draw(st.sampled_from(STATUSES)),
        )
        for number, instant in enumerate(draw(st.lists(instants, max_size=most)))
    ]


def sign_up(url: str, sign_ups: Mapping[UUID, datetime]) -> None:
    """Let users have signed up at these instants."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE public.users SET created_at = %s WHERE id = %s",
            [(at.astimezone(UTC).replace(tzinfo=None), id_) for id_, at in sign_ups.items()],
        )
