"""Whole periods of a zone, numbered, and posts and sign-ups at random around them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from histories import LONG_AFTER, moments, places, posts_at
from hypothesis import strategies as st
from sample_posts import USERS, Post, local_day
from series_by_hand import Wanted, first_day, moved

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SPREAD = {"day": 100, "week": 800, "month": 2500, "quarter": 8000}


class Periods:
    """Whole periods, numbered from 0; days before have numbers below."""

    def __init__(self, start: date, end: date, every: str, zone: ZoneInfo, week_start: str) -> None:
        self.wanted = Wanted(start, end, every, zone, LONG_AFTER, week_start)
        self.labels = [first_day(start, self.wanted)]
        while moved(self.labels[-1], every, 1) <= end:
            self.labels.append(moved(self.labels[-1], every, 1))

    def of(self, instant: datetime) -> int:
        label = first_day(local_day(instant, self.wanted.zone), self.wanted)
        number, at = 0, self.labels[0]
        while at < label:
            number, at = number + 1, moved(at, self.wanted.every, 1)
        while at > label:
            number, at = number - 1, moved(at, self.wanted.every, -1)
        return number

    def complete(self, number: int, now: datetime) -> bool:
        return local_day(now, self.wanted.zone) >= moved(self.labels[number], self.wanted.every, 1)


def kept(posts: list[Post], activity: str) -> list[Post]:
    return [post for post in posts if activity == "any" or post.state == "published"]


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    day, zone = draw(places())
    every = draw(st.sampled_from(list(SPREAD)))
    spread = SPREAD[every]
    instants = moments(day, spread, spread)
    start = day - DAY * draw(st.integers(0, spread // 48))
    return {
        "posts": draw(posts_at(instants)),
        "sign_ups": {author: draw(instants) for author in USERS},
        "start": start,
        "end": start + DAY * draw(st.integers(0, spread // 30)),
        "every": every,
        "zone": zone,
        "week_start": draw(st.sampled_from(["monday", "sunday"])),
        "activity": draw(st.sampled_from(["any", "published"])),
        "now": draw(st.one_of(st.just(LONG_AFTER), instants)),
    }


def options(story: dict[str, Any]) -> dict[str, Any]:
    names = ("every", "week_start", "activity", "now")
    return {"timezone": story["zone"].key, **{name: story[name] for name in names}}


def periods_of(story: dict[str, Any]) -> Periods:
    return Periods(story["start"], story["end"], story["every"], story["zone"], story["week_start"])
