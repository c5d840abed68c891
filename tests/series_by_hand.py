"""Posts over time counted by hand: days, loops and sets, no SQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sample_posts import Post, local_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from zoneinfo import ZoneInfo

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
METRICS = ("total_posts", "published_posts", "draft_posts", "archived_posts", "unique_authors")


@dataclass(frozen=True)
class Wanted:
    """The arguments of ``posts_over_time``."""

    start: date
    end: date
    every: str
    zone: ZoneInfo
    now: datetime
    week_start: str = "monday"
    by: str | None = None
    top: int = 10
    rolling: int | None = None
    compare: str | None = None
    cumulative: bool = False


def first_day(day: date, wanted: Wanted) -> date:
    """The first day of the day's, week's, month's, quarter's or year's bucket."""
    while not (
        wanted.every == "day"
        or (wanted.every == "week" and WEEKDAYS[day.weekday()] == wanted.week_start)
        or (wanted.every in MONTHS and day.day == 1 and (day.month - 1) % MONTHS[wanted.every] == 0)
    ):
        day -= DAY
    return day


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for shorter in range(4):
        try:
            return date(year, month + 1, day.day - shorter)
        except ValueError:
            continue
    raise AssertionError


def moved(day: date, every: str, count: int) -> date:
    """The same place of another bucket; a shorter month ends earlier."""
    if every in MONTHS:
        return months_later(day, MONTHS[every] * count)
    return day + DAY * count * (7 if every == "week" else 1)


def local_hours(wanted: Wanted, first: date, last: date) -> list[tuple[datetime, date, int]]:
    """Start, local day and hour of each hour bucket, minute by minute."""
    instant = datetime(first.year, first.month, first.day, tzinfo=UTC) - 3 * DAY
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + 3 * DAY
    latest, found, before = date.min, [], None
    while instant < until:
        local = instant.astimezone(wanted.zone)
        latest = max(latest, local.date())
        here = (latest, local.hour, local.utcoffset())
        if here != before:
            found.append((instant, latest, local.hour))
            before = here
        instant += MINUTE
    return found


class Buckets:
    """The buckets of the range; ``of`` gives the number of the one that a post is in.

    Numbers begin with 0 and go on below it and beyond the range.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.hours: list[tuple[datetime, date, int]] = []
        self.labels: list[date] | list[datetime] = []
        if wanted.every == "hour":
            self.hours = local_hours(wanted, wanted.start - 8 * DAY, wanted.end)
            inside = [hour for hour in self.hours if wanted.start <= hour[1] <= wanted.end]
            # A day that the zone skipped has no hour.
            self.first = self.hours.index(inside[0]) if inside else 0
            self.labels = [hour[0] for hour in inside]
        else:
            days, day = [], wanted.start
            while day <= wanted.end:
                days.append(first_day(day, wanted))
                day += DAY
            self.labels = sorted(set(days))
        self.known: dict[date, int] = {}

    def of(self, post: Post) -> int:
        if self.hours:
            return sum(hour[0] <= post.created_at for hour in self.hours) - 1 - self.first
        label = first_day(local_day(post.created_at, self.wanted.zone), self.wanted)
        if label not in self.known:
            number, at = 0, self.labels[0]
            assert not isinstance(at, datetime)
            while at < label:
                at, number = moved(at, self.wanted.every, 1), number + 1
            while at > label:
                at, number = moved(at, self.wanted.every, -1), number - 1
            self.known[label] = number
        return self.known[label]

    def complete(self, number: int) -> bool:
        if self.hours:
            place = self.first + number + 1
            return self.hours[place][0] <= self.wanted.now
        label = self.labels[number]
        assert not isinstance(label, datetime)
        return local_day(self.wanted.now, self.wanted.zone) >= moved(label, self.wanted.every, 1)


def counts(posts: Iterable[Post]) -> dict[str, int]:
    kept = list(posts)
    states = Counter(post.state for post in kept)
    return {
        "total_posts": len(kept),
        **{f"{state}_posts": states[state] for state in ("published", "draft", "archived")},
        "unique_authors": len({post.author for post in kept}),
    }


def last_of(day: date, wanted: Wanted) -> bool:
    return first_day(day + DAY, wanted) == day + DAY


def counterparts(posts: list[Post], wanted: Wanted, buckets: Buckets) -> list[list[Post] | None]:
    """What is compared with each bucket."""
    found: list[list[Post] | None] = []
    if wanted.every == "hour":
        return _hours_before(posts, wanted, buckets)
    days = {post.id: local_day(post.created_at, wanted.zone) for post in posts}
    count = -len(buckets.labels)
    if wanted.compare == "previous_year":
        count = {"week": -52, "month": -12, "quarter": -4, "year": -1}.get(wanted.every, 0)
        if wanted.every == "day":
            for label in buckets.labels:
                other = months_later(label, -12)
                found.append([post for post in posts if days[post.id] == other])
            return found
    start, end = moved(wanted.start, wanted.every, count), moved(wanted.end, wanted.every, count)
    if last_of(wanted.end, wanted):
        while not last_of(end, wanted):
            end += DAY
    for label in buckets.labels:
        assert not isinstance(label, datetime)
        other = moved(label, wanted.every, count)
        found.append(
            [
                post
                for post in posts
                if start <= days[post.id] <= end and first_day(days[post.id], wanted) == other
            ]
        )
    return found


def _hours_before(posts: list[Post], wanted: Wanted, buckets: Buckets) -> list[list[Post] | None]:
    size = len(buckets.labels)
    if wanted.compare == "previous_period":
        return [[p for p in posts if buckets.of(p) == number - size] for number in range(size)]
    first, last = months_later(wanted.start, -12), months_later(wanted.end, -12)
    others = local_hours(wanted, first, last)
    found: list[list[Post] | None] = []
    turns: Counter[tuple[date, int]] = Counter()
    for _, day, hour in buckets.hours[buckets.first : buckets.first + size]:
        same = [n for n, (_, d, h) in enumerate(others) if (d, h) == (months_later(day, -12), hour)]
        turn, turns[day, hour] = turns[day, hour], turns[day, hour] + 1
        if not same:
            found.append(None)
            continue
        number = same[min(turn, len(same) - 1)]
        begins, ends = others[number][0], others[number + 1][0]
        found.append([post for post in posts if begins <= post.created_at < ends])
    return found


def grouped(
    wanted: Wanted,
    key: Callable[[Post], object],
    inside: list[Post],
    reached: list[Post],
) -> list[tuple[str, object, set[object]]]:
    """Kind, key and the values of each group, in order."""
    totals = Counter(key(post) for post in inside)
    values = sorted({key(post) for post in reached} - {None}, key=lambda v: (-totals[v], str(v)))
    found: list[tuple[str, object, set[object]]] = []
    found += [("value", value, {value}) for value in values[: wanted.top]]
    if values[wanted.top :]:
        found.append(("other", None, set(values[wanted.top :])))
    if any(key(post) is None for post in reached):
        found.append(("none", None, {None}))
    return found


def expected(
    posts: list[Post],
    wanted: Wanted,
    key: Callable[[Post], object] = lambda _: None,
    label: Callable[[str, object], str] = lambda kind, _: kind,
) -> list[dict[str, Any]]:
    """The rows that ``posts_over_time`` shall give."""
    buckets = Buckets(wanted)
    size = len(buckets.labels)
    number = {post.id: buckets.of(post) for post in posts}
    day = {post.id: local_day(post.created_at, wanted.zone) for post in posts}
    inside = [post for post in posts if wanted.start <= day[post.id] <= wanted.end]
    width = wanted.rolling or 0
    reached = [p for p in posts if day[p.id] <= wanted.end and number[p.id] > -width and width]
    before: list[list[Post] | None] = [None] * size
    if wanted.compare:
        before = counterparts(posts, wanted, buckets)
    everything = inside + reached + [post for part in before for post in part or ()]
    groups: list[tuple[str, object, set[object]]] = [("", None, {None})]
    if wanted.by is not None:
        groups = grouped(wanted, key, inside, everything)
    rows = []
    for at in range(size):
        for kind, value, members in groups:
            row: dict[str, Any] = {"bucket": buckets.labels[at]}
            if wanted.by is not None:
                named = None if value is None else str(value)
                row |= {"group_key": named, "group_kind": kind, "group_label": label(kind, value)}
            own = [p for p in inside if key(p) in members]
            here = counts(p for p in own if number[p.id] == at)
            row |= here | {"is_complete": buckets.complete(at)}
            if wanted.rolling:
                window = counts(
                    p for p in reached if key(p) in members and at - width < number[p.id] <= at
                )
                row |= {f"{m}_rolling": window[m] / width for m in METRICS[:4]}
                row["unique_authors_rolling"] = window["unique_authors"]
            if wanted.cumulative:
                until = counts(p for p in own if number[p.id] <= at)
                row |= {f"{m}_cumulative": until[m] for m in METRICS}
            if wanted.compare:
                row |= compared(here, before[at], key, members, complete=row["is_complete"])
            rows.append(row)
    return rows


def compared(
    here: dict[str, int],
    before: list[Post] | None,
    key: Callable[[Post], object],
    members: set[object],
    *,
    complete: bool,
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    then = None if before is None else counts(p for p in before if key(p) in members)
    for metric in METRICS:
        previous = then and then[metric]
        change = here[metric] - then[metric] if then is not None and complete else None
        row[f"{metric}_previous"] = previous
        row[f"{metric}_change"] = change
        row[f"{metric}_relative_change"] = (
            change / previous if previous and change is not None else None
        )
    return row
