"""The reports that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echo_analytics.reports.author import author
from echo_analytics.reports.category import category
from echo_analytics.reports.monthly import monthly
from echo_analytics.reports.weekly import weekly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from echo_analytics.reports.period import Step
    from echo_analytics.reports.section import Report


@dataclass(frozen=True, slots=True)
class Kind:
    """A report that can be made by name.

    Parameters
    ----------
    name
        What it is called.
    compose
        The function of a period and a source, and of what else it takes by name.
    step
        The period it is made for where none is named.
    about
        The parameter that says what it is about; its runs have a folder for each value.
    """

    name: str
    compose: Callable[..., Report]
    step: Step
    about: str | None = None


KINDS: Mapping[str, Kind] = {
    "weekly": Kind("weekly", weekly, "week"),
    "monthly": Kind("monthly", monthly, "month"),
    "author": Kind("author", author, "month", "author"),
    "category": Kind("category", category, "month", "category"),
}
"""The reports by name."""
