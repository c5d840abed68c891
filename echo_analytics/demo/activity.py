"""Who writes when: members become active, fall silent, and some come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.demo.draws import Draws, Weights
from echo_analytics.demo.rhythm import DAY, DAYS, MINUTE, START, day_of, later, moments, post_days

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from echo_analytics.demo.people import Person

Span = tuple[int, int]
"""The first day on which somebody writes, and the one on which they no longer do."""

_SILENT = 0.33
_BUSIEST = 1_000_000
_FLATTENING = 14
_ENTHUSIASM = 30_000
_ENTHUSIASTIC_DAYS = 4


def authored(seed: int, members: Sequence[Person], count: int) -> list[tuple[int, int]]:
    """Return the position of the author and the instant of ``count`` posts, oldest first.

    Nobody writes before their sign-up.
    """
    draws = Draws(seed, 1)
    rates = _rates(draws, members)
    times = moments(draws, post_days(draws), count)
    pairs = _pairs(draws, members, rates, times)
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


def _pairs(
    draws: Draws,
    members: Sequence[Person],
    rates: Sequence[dict[int, int]],
    times: Sequence[int],
) -> Iterator[tuple[int, int]]:
    today, authors, weights = -1, [0], Weights([1])
    for time in times:
        if day_of(time) != today:
            today = day_of(time)
            authors = list(rates[today])
            weights = Weights(rates[today].values())
        author = authors[draws.weighted(weights)]
        joined = members[author].created_at
        yield author, time if time > joined else _soon(draws, joined)


def _soon(draws: Draws, joined: int) -> int:
    """Return an instant of the same day, after a minute or two if the day allows."""
    midnight = START + (day_of(joined) + 1) * DAY
    return later(draws, min(joined + 2 * MINUTE, midnight - 1), midnight)


def _rates(draws: Draws, members: Sequence[Person]) -> list[dict[int, int]]:
    """Return for each day how much each of its authors writes, relative to the others.

    The first member never stops, so that no day is without an author.
    """
    rates: list[dict[int, int]] = [{} for _ in range(DAYS)]
    writers = [number for number in range(len(members)) if not number or not draws.chance(_SILENT)]
    ranked = [0, *draws.shuffled(writers[1:])] if writers else []
    for rank, number in enumerate(ranked):
        joined = day_of(members[number].created_at)
        spans = [(joined, DAYS)] if rank == 0 else _spans(draws, joined, rank * 25 < len(ranked))
        for span in spans:
            _enter(rates, number, span, _BUSIEST // (rank + _FLATTENING))
    return rates


def _enter(rates: list[dict[int, int]], number: int, span: Span, rate: int) -> None:
    """Add a span; its first days are livelier, for newcomers and those who return."""
    first, end = span
    for day in range(first, end):
        rates[day][number] = rate + (_ENTHUSIASM if day < first + _ENTHUSIASTIC_DAYS else 0)


def _spans(draws: Draws, joined: int, regular: bool) -> list[Span]:
    """Return when a member is active, from the day of the sign-up on."""
    first, end = joined, joined + _stay(draws, regular)
    spans = [(first, min(end, DAYS))]
    while end < DAYS and draws.chance(0.85 if regular else 0.4):
        first = end + draws.between(65, 170)
        end = first + draws.between(20, 160)
        if first < DAYS:
            spans.append((first, min(end, DAYS)))
    return spans


def _stay(draws: Draws, regular: bool) -> int:
    """Return for how many days a member writes at first."""
    kind = draws.fraction()
    if regular:
        return DAYS if kind < 0.6 else draws.between(100, 300)
    if kind < 0.25:
        return draws.between(1, 5)
    if kind < 0.55:
        return draws.between(7, 60)
    if kind < 0.8:
        return draws.between(60, 240)
    return DAYS
