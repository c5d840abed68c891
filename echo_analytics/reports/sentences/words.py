"""Words for numbers, and for rows with their posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echo_analytics.plots.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence


# Any: a row of a table.
Row = dict[str, Any]


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


def posts(row: Row) -> str:
    """Return how many posts a row has, with their noun."""
    return count(row["total_posts"], "post") if row["total_posts"] else "no posts"


def name_of(value: str | None, absent: str) -> str:
    """Return a name, or what stands for none."""
    return absent if value is None else value


def beginning(value: str | None, absent: str) -> str:
    """Return a name as it begins a sentence; one of the database stays as it is written."""
    return name_of(value, absent[:1].upper() + absent[1:])


def leaders(rows: list[Row], name: str, verb: str, absent: str) -> str:
    """Say which rows have the most posts; those with as many share the sentence."""
    most = max(row["total_posts"] for row in rows)
    first = [row for row in rows if row["total_posts"] == most]
    if len(first) > 3:
        return f"{len(first)} of them {verb}: {count(most, 'post')} each."
    names = [row[name] for row in first]
    who = listed([beginning(names[0], absent), *(name_of(each, absent) for each in names[1:])])
    each = " each" if len(first) > 1 else ""
    of_all = (
        f"{percent(first[0]['share'])} of all{each}" if first[0]["share"] < 1 else "all of them"
    )
    return f"{who} {verb}: {count(most, 'post')}{each}, {of_all}."


def some(number: int) -> str:
    """Return a number as it stands in a sentence: none for 0.

    Examples
    --------
    >>> some(0), some(1200)
    ('none', '1,200')
    """
    return f"{number:,}" if number else "none"


def were(row: Row) -> str:
    """Return how many posts a row has, with the verb before them."""
    return f"{'was' if row['total_posts'] == 1 else 'were'} {posts(row)}"
