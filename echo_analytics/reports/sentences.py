"""What is said about numbers: sentences by rules, the same numbers giving the same words.

Each function takes the rows of an analysis and gives sentences. Names of the database stand in them
as they are written; whoever puts them into HTML escapes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echo_analytics.plots.text import count, day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    import pyarrow as pa

    from echo_analytics.reports.period import Period, Step

# Any: a row of a table.
Row = dict[str, Any]

_LONG_AGO = {"day": 14, "week": 5, "month": 3}
"""From how many buckets back on it is worth saying that nothing was so high or low since."""

_MOST_DAYS = 5
_AVERAGES = (1, 4)


def percent(share: float) -> str:
    """Return a share in words: whole percents, and no 0 % for what is more than nothing.

    Examples
    --------
    >>> percent(0.124), percent(0.002), percent(0.0), percent(0.999)
    ('12 %', 'less than 1 %', '0 %', 'more than 99 %')
    """
    if 0 < share < 0.005:
        return "less than 1 %"
    if 0.995 <= share < 1:
        return "more than 99 %"
    return f"{round_half_up(share * 100):,} %"


def round_half_up(value: float) -> int:
    """Return the nearest whole number; a half goes up, as people round."""
    return int(value + 0.5)


def listed(names: Sequence[str]) -> str:
    """Return names as an enumeration.

    Examples
    --------
    >>> listed(["Ada", "Bo", "Cy"])
    'Ada, Bo and Cy'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def trend(step: Step) -> Callable[[pa.Table], Iterator[str]]:
    """Say how the last bucket of ``posts_over_time`` stands to those before it.

    Parameters
    ----------
    step
        "day", "week" or "month": what its buckets are.
    """

    def says(table: pa.Table) -> Iterator[str]:
        rows = _since_the_first_post(table.to_pylist())
        if not rows:
            yield "There are no posts up to now."
        elif not rows[-1]["is_complete"]:
            yield f"There were {_posts(rows[-1])} so far; the {step} is not over."
        else:
            yield _compared(rows, step)

    return says


def _compared(rows: list[Row], step: Step) -> str:
    now, before = rows[-1], rows[-2] if len(rows) > 1 else None
    number = now["total_posts"]
    if before is None:
        return f"There were {_posts(now)}; it was the first {step} with posts."
    earlier = before["total_posts"]
    if number == earlier:
        same = "none" if not number else "as many"
        return f"There were {_posts(now)}, {same} as in the {step} before.".replace(
            "no posts, none as", "no posts, as"
        )
    if not earlier:
        return f"There were {_posts(now)}, after none in the {step} before."
    change = abs(number - earlier) / earlier
    verb = "rose" if number > earlier else "fell"
    return f"Posts {verb} {_by(change)} to {number:,}{_record(rows, step)}."


def _by(change: float) -> str:
    said = percent(change)
    return f"by {said}" if said.startswith(("less", "more")) else said


def _record(rows: list[Row], step: Step) -> str:
    """Return since when no bucket was so high or so low, if that is long enough ago."""
    number, earlier = rows[-1]["total_posts"], rows[:-1]
    rose = number > earlier[-1]["total_posts"]
    word = "highest" if rose else "lowest"
    for back, row in enumerate(reversed(earlier), 1):
        if (row["total_posts"] >= number) if rose else (row["total_posts"] <= number):
            if back < _LONG_AGO[step]:
                return ""
            return f", the {word} {step} since {_when(row['bucket'], rows[-1]['bucket'], step)}"
    if len(earlier) < _LONG_AGO[step]:
        return ""
    return f", the {word} of {len(rows)} {step}s"


def _when(then: date, now: date, step: Step) -> str:
    if step == "day":
        return day(then) if then.year != now.year else f"{then.day} {then:%B}"
    return f"{then:%B %Y}" if step == "month" or (now - then).days > 330 else f"{then:%B}"


def _since_the_first_post(rows: list[Row]) -> list[Row]:
    for number, row in enumerate(rows):
        if row["total_posts"]:
            return rows[number:]
    return []


def _posts(row: Row) -> str:
    return count(row["total_posts"], "post") if row["total_posts"] else "no posts"


def overview(table: pa.Table) -> Iterator[str]:
    """Say how many authors wrote, and how many of them for the first time."""
    values = {row["metric"]: row for row in table.to_pylist()}
    authors, new = values["unique_authors"], values["new_authors"]
    wrote = int(authors["value"])
    if not wrote:
        yield "Nobody wrote."
        return
    said = f"{count(wrote, 'author')} wrote{_than_before(authors)}"
    first = int(new["value"])
    yield f"{said}; {f'{first:,}' if first else 'none'} of them for the first time."
    published = int(values["published_posts"]["value"])
    total = int(values["total_posts"]["value"])
    yield f"Of {count(total, 'post')}, {published:,} ({percent(published / total)}) are published."


def _than_before(row: Row) -> str:
    if row["change"] is None:
        return ""
    change = int(row["change"])
    if not change:
        return ", as many as in the period before"
    return f", {abs(change):,} {'more' if change > 0 else 'fewer'} than in the period before"


def anomalies(period: Period) -> Callable[[pa.Table], Iterator[str]]:
    """Say which days of a period are unusual, by ``post_anomalies``."""

    def says(table: pa.Table) -> Iterator[str]:
        days = [row for row in table.to_pylist() if period.first <= row["date"] <= period.last]
        unusual = [row for row in days if row["is_anomaly"]]
        known = [row for row in days if row["score"] is not None]
        if not known:
            yield "There is too little history to say which days are unusual."
        elif not unusual:
            yield "No day was unusual for its weekday."
        strongest = sorted(unusual, key=lambda row: (-abs(row["score"]), row["date"]))
        for row in sorted(strongest[:_MOST_DAYS], key=lambda row: row["date"]):
            yield _unusual(row)
        if len(unusual) > _MOST_DAYS:
            yield f"{len(unusual) - _MOST_DAYS:,} more days were unusual."

    return says


def _unusual(row: Row) -> str:
    side = "more" if row["score"] > 0 else "fewer"
    low, high = round_half_up(row["lower"]), round_half_up(row["upper"])
    there = row["date"]
    return (
        f"{there:%A}, {there.day} {there:%B}, was unusual: {_posts(row)}, {side} than the "
        f"{low:,} to {high:,} to be expected of that weekday."
    )


def categories(table: pa.Table) -> Iterator[str]:
    """Say which category had the most posts, and which grew and shrank the most."""
    rows = table.to_pylist()
    if not sum(row["total_posts"] for row in rows):
        yield "No category had posts."
        return
    yield _most(rows, "category", "had the most posts", "without a category")
    known = [row for row in rows if row["total_posts_relative_change"] is not None]
    changed = [(row["total_posts"] - row["total_posts_previous"], row) for row in known]
    for sign, verb in ((1, "gained"), (-1, "lost")):
        most = max(changed, key=lambda pair: sign * pair[0], default=None)
        if most is not None and sign * most[0] > 0:
            now, before = most[1]["total_posts"], most[1]["total_posts_previous"]
            name = _name(most[1]["category"], "without a category")
            yield f"{name} {verb} most: from {before:,} to {now:,}."


def authors(table: pa.Table) -> Iterator[str]:
    """Say who wrote most, and how much of all is theirs, by ``top_authors``."""
    rows = table.to_pylist()
    if not rows:
        yield "Nobody wrote."
        return
    yield _most(rows, "author_name", "wrote most", "unnamed")
    if len(rows) > 2:
        together = rows[-1]["cumulative_share"]
        yield f"The first {len(rows)} wrote {percent(together)} of all posts."


def _most(rows: list[Row], name: str, verb: str, absent: str) -> str:
    most = max(row["total_posts"] for row in rows)
    first = [row for row in rows if row["total_posts"] == most]
    if len(first) > 3:
        return f"{len(first)} of them {verb}: {count(most, 'post')} each."
    who = listed([_name(row[name], absent) for row in first])
    each = " each" if len(first) > 1 else ""
    return f"{who} {verb}: {count(most, 'post')}{each}, {percent(first[0]['share'])} of all{each}."


def _name(value: str | None, absent: str) -> str:
    return f"({absent})" if value is None else value


def retention(unit: str) -> Callable[[pa.Table], Iterator[str]]:
    """Say how many write again, by the means of ``author_retention``.

    Parameters
    ----------
    unit
        What its periods are, such as "week".
    """

    def says(table: pa.Table) -> Iterator[str]:
        means = {row["period"]: row for row in table.to_pylist() if row["cohort"] is None}
        said = False
        for after in _AVERAGES:
            row = means.get(after)
            if row is not None and row["rate"] is not None and row["cohort_size"]:
                said = True
                later = f"the {unit} after" if after == 1 else f"{after} {unit}s after"
                yield (
                    f"Of {count(row['cohort_size'], 'author')}, {row['active_authors']:,} "
                    f"({percent(row['rate'])}) wrote again {later} their first post."
                )
        if not said:
            yield "There is too little history to say how many write again."

    return says


def lifecycle(unit: str) -> Callable[[pa.Table], Iterator[str]]:
    """Say where the authors of the last period come from, by ``author_lifecycle``.

    Parameters
    ----------
    unit
        What its periods are, such as "week".
    """

    def says(table: pa.Table) -> Iterator[str]:
        rows = table.to_pylist()
        if not rows:
            return
        last = rows[-1]
        new, stayed, back, gone = (
            last[f"{kind}_authors"] for kind in ("new", "returning", "resurrected", "dormant")
        )
        if not new + stayed + back + gone:
            yield f"Nobody wrote, nor in the {unit} before."
            return
        yield (
            f"Of {count(new + stayed + back, 'author')}, {new:,} wrote for the first time, "
            f"{stayed:,} had written in the {unit} before too, "
            f"and {back:,} came back after a pause."
        )
        if last["is_complete"]:
            yield f"{count(gone, 'author')} of the {unit} before stayed away."

    return says


def new_authors(table: pa.Table) -> Iterator[str]:
    """Say how many wrote for the first time, and who of them wrote most, by ``user_stats``."""
    rows = table.to_pylist()
    if not rows:
        yield "Nobody wrote for the first time."
        return
    most = max(rows, key=lambda row: row["total_posts"])
    verb = "author wrote" if len(rows) == 1 else "authors wrote"
    yield f"{len(rows):,} {verb} for the first time."
    if len(rows) > 1:
        yield f"{most['user_name']} has written most since: {_posts(most)}."


def of_days(table: pa.Table) -> Iterator[str]:
    """Say on how many days something was written, by ``daily_posts``."""
    rows = table.to_pylist()
    active = sum(bool(row["total_posts"]) for row in rows)
    total = sum(row["total_posts"] for row in rows)
    yield f"{count(total, 'post')} on {active:,} of {count(len(rows), 'day')}."
    if total:
        most = max(rows, key=lambda row: row["total_posts"])
        yield f"The most were written on {day(most['date'])}: {most['total_posts']:,}."


def newest(shown: int) -> Callable[[pa.Table], Iterator[str]]:
    """Say how many of the newest posts are shown, by ``posts_with_authors``."""

    def says(table: pa.Table) -> Iterator[str]:
        if not table.num_rows:
            yield "Nothing was published."
        elif table.num_rows < shown:
            yield f"All {count(table.num_rows, 'published post')}, the newest first."
        else:
            yield f"The newest {count(table.num_rows, 'published post')}."

    return says


def funnel(table: pa.Table) -> Iterator[str]:
    """Say how many of those who signed up came how far, by ``publishing_funnel``."""
    signed, wrote, published, again = (row["users"] for row in table.to_pylist())
    if not signed:
        yield "Nobody signed up."
        return
    yield (
        f"Of {count(signed, 'user')} who signed up, {wrote:,} ({percent(wrote / signed)}) wrote, "
        f"{published:,} published, and {again:,} published again."
    )
