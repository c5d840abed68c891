"""The controls that several widgets share: a range of days, a zone, a category."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import available_timezones

import ipywidgets as ipw

from echo_analytics.arguments import moment, open_range, time_zone
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import local_day
from echo_analytics.widgets.choices import choices
from echo_analytics.widgets.controls import Quiet, day_field, dropdown, one_id
from echo_analytics.widgets.display import close_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from echo_analytics.source import Source
    from echo_analytics.widgets.choices import Choices

ALL = "All categories"
AS_CHOSEN, ALL_POSTS = "As chosen", "All posts"
LENGTHS = {"7 days": 7, "30 days": 30, "90 days": 90, "365 days": 365}
_USUAL = 90


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the controls say.

    Attributes
    ----------
    start, end
        The first and the last day; None where a day is missing.
    timezone
        The IANA name of the zone.
    category_id, category
        Id and name of the category; None for all of them.
    """

    start: date
    end: date
    timezone: str
    category_id: str | None
    category: str | None


class Scope:
    """Controls for a range of days, a zone and a category, and who wants to know of a change.

    Parameters
    ----------
    start, end
        The first and the last day; None is chosen once the database has been asked: the 90 days
        that end with the newest post, or today.
    timezone
        The IANA name of the zone.
    category_id
        The id of a category; None is all of them.
    now
        The moment (aware) that is taken for the present.
    everything
        Whether days that are not given are those of the oldest and the newest post.
    """

    def __init__(
        self,
        start: date | str | None = None,
        end: date | str | None = None,
        *,
        timezone: str = "UTC",
        category_id: str | None = None,
        now: datetime | None = None,
        everything: bool = False,
    ) -> None:
        first, last = open_range(start, end)
        zone = time_zone(timezone).key
        if now is not None:
            moment("now", now)
        self.now = now
        self.categories = 0
        self._everything = everything
        self._wanted = one_id("category_id", category_id)
        self._choices: Choices | None = None
        self._lock = threading.Lock()
        self._quiet = Quiet()
        self._told: list[Callable[[], None]] = []
        self.start, self.end = day_field("From", first), day_field("To", last)
        lengths = [(name, name) for name in (AS_CHOSEN, *LENGTHS, ALL_POSTS)]
        self.length = dropdown("Length", lengths, AS_CHOSEN, "180px")
        zones = [(name, name) for name in sorted(_zones() | {zone})]
        self.zone = dropdown("Time zone", zones, zone, "270px")
        self.category = dropdown("Category", [(ALL, "")], "", "260px")
        self.view = ipw.Box(
            [self.start, self.end, self.length, self.zone, self.category],
            layout=ipw.Layout(flex_flow="row wrap", grid_gap="4px 16px", align_items="center"),
        )
        self.start.observe(self._day_changed, names="value")
        self.end.observe(self._day_changed, names="value")
        self.length.observe(self._length_changed, names="value")
        self.zone.observe(self.changed, names="value")
        self.category.observe(self.changed, names="value")

    def tell(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` whenever something else is chosen."""
        self._told.append(callback)

    def untell(self, callback: Callable[[], None]) -> None:
        """Do not call it any more."""
        if callback in self._told:
            self._told.remove(callback)

    # Any: whatever the frame of the source.
    def load(self, source: Source[Any]) -> None:
        """Ask a source what there is to choose from, once; ``forget`` makes it ask again."""
        with self._lock:
            if self._choices is None:
                found = choices(source)
                self._choices = found
                with self._quiet:
                    self._offer(found)

    def forget(self) -> None:
        """Ask anew next time: there may be other categories and newer posts."""
        with self._lock:
            self._choices = None

    def chosen(self) -> Chosen:
        """Return what the controls say.

        Raises
        ------
        InvalidInput
            A day is missing, or the first one is after the last one.
        """
        first, last = self.start.value, self.end.value
        for name, value in (("start", first), ("end", last)):
            if value is None:
                raise InvalidInput(name, "is missing")
        if first > last:
            raise InvalidInput("start", "is after the last day")
        open_range(first, last)
        key = self.category.value or None
        category = None if key is None else self.category.label
        return Chosen(first, last, self.zone.value, key, category)

    def close(self) -> None:
        """Close the controls."""
        self._told.clear()
        close_all(self.view)

    def _offer(self, found: Choices) -> None:
        """Set what can be chosen, and choose what nobody has chosen yet."""
        known = {key for _, key in found.categories}
        kept = cast("str | None", self._wanted or self.category.value or None)
        self._wanted = None
        self.category.options = [(ALL, ""), *found.categories]
        self.category.value = kept if kept in known else ""
        if self.end.value is None:
            self.end.value = self._last_day(found)
        if self.start.value is None:
            self.start.value = self._first_day(found, self.end.value)
        self._name_length()
        self.categories = len(known)
        if kept is not None and kept not in known:
            raise InvalidInput("category_id", "is not the id of a category")

    def _first_day(self, found: Choices, last: date) -> date:
        if self._everything and found.first is not None:
            return min(last, local_day(found.first, time_zone(self.zone.value)))
        return last - timedelta(days=_USUAL - 1)

    def _last_day(self, found: Choices) -> date:
        zone = time_zone(self.zone.value)
        present = moment("now", self.now)
        return local_day(min(found.last or present, present), zone)

    # Any: what ipywidgets tells of a change.
    def changed(self, _change: Any = None) -> None:  # noqa: ANN401
        """Tell everybody who wants to know that something else is chosen."""
        if not self._quiet.here:
            for callback in list(self._told):
                callback()

    def _day_changed(self, _change: Any) -> None:  # noqa: ANN401
        if not self._quiet.here:
            with self._quiet:
                self._name_length()
            self.changed()

    def _name_length(self) -> None:
        """Name the length of the range that was chosen by its days."""
        first, last = self.start.value, self.end.value
        days = None if first is None or last is None else (last - first).days + 1
        names = [name for name, length in LENGTHS.items() if length == days]
        self.length.value = names[0] if names else AS_CHOSEN

    def _length_changed(self, _change: Any) -> None:  # noqa: ANN401
        name = self.length.value
        if self._quiet.here or name == AS_CHOSEN:
            return
        with self._quiet:
            self._choose_length(name)
        self.changed()

    def _choose_length(self, name: str) -> None:
        zone, found = time_zone(self.zone.value), self._choices
        if name == ALL_POSTS and found is not None and found.first is not None:
            self.start.value = local_day(found.first, zone)
            self.end.value = local_day(cast("datetime", found.last), zone)
        elif name in LENGTHS and self.end.value is not None:
            self.start.value = self.end.value - timedelta(days=LENGTHS[name] - 1)


def _zones() -> set[str]:
    """The zones that are named after places, and UTC."""
    old = ("Etc/", "SystemV/", "US/", "Canada/", "Mexico/", "Chile/", "Brazil/", "posix/", "right/")
    return {"UTC"} | {
        name for name in available_timezones() if "/" in name and not name.startswith(old)
    }
