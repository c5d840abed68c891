"""The words that fill the slots of one post."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from echo_analytics.demo.names import NAMES
from echo_analytics.demo.other_frames import ABOUT
from echo_analytics.demo.words import (
    CITIES,
    NUMBERS,
    PROJECTS,
    RANGES,
    SEASONS,
    WEEKDAYS,
    WHERE_AT_HOME,
    WHERE_AT_WORK,
)

if TYPE_CHECKING:
    from echo_analytics.demo.draws import Draws
    from echo_analytics.demo.words import Scene

_SOUNDS_LIKE_CONSONANT = ("one", "uni", "usa", "use")
_SOUNDS_LIKE_VOWEL = ("hour", "honest")


class Details(dict[str, str]):
    """Numbers, days, places, people and projects, each drawn when a sentence first asks for it.

    What was asked for stays, so that the sentences of a post agree.
    """

    def __init__(self, draws: Draws) -> None:
        self.draws = draws

    def __missing__(self, slot: str) -> str:
        value = self[slot] = self._drawn(slot)
        return value

    def _drawn(self, slot: str) -> str:
        draws = self.draws
        match slot:
            case "n":
                return draws.pick(NUMBERS)
            case "n_upper":
                return self["n"].capitalize()
            case "weekday":
                return draws.pick(WEEKDAYS)
            case "season":
                return draws.pick(SEASONS)
            case "city":
                return draws.early(CITIES)
            case "project":
                return draws.early(PROJECTS)
            case "colleague":
                firsts, lasts = draws.pick(NAMES)
                return f"{draws.pick(firsts)} {draws.pick(lasts)}"
            case "version":
                return f"{draws.between(1, 9)}.{draws.below(10)}"
            case "about":
                return draws.pick(ABOUT) if draws.chance(0.8) else ""
        raise KeyError(slot)


class Slots(Details):
    """The same, and what a scene is about."""

    def __init__(self, draws: Draws, scene: Scene, *, home: bool) -> None:
        super().__init__(draws)
        self.scene = scene
        self.home = home
        self["thing"] = scene.thing
        self["measure"] = scene.measure
        self["fix"], self["fix2"] = draws.some(scene.fixes, 2)

    def _drawn(self, slot: str) -> str:
        match slot:
            case "trouble":
                return self.draws.pick(self.scene.troubles)
            case "a_thing":
                return with_article(self.scene.thing)
            case "where":
                return self._where()
            case "before" | "after":
                self._measure()
                return self[slot]
            case "low":
                return self._level(self["after"])
            case "high":
                return self._level(self["before"])
        return super()._drawn(slot)

    def _where(self) -> str:
        if self.draws.chance(0.3):
            return ""
        details = Details(self.draws)
        for slot in ("city", "project"):
            details[slot] = self[slot]
        places = WHERE_AT_HOME if self.home else WHERE_AT_WORK
        return " " + self.draws.pick(places).format_map(details)

    def _measure(self) -> None:
        """Draw how low the measure is now, and how high it was."""
        unit = self.scene.unit
        after = self.draws.between(*RANGES[unit])
        before = after + 1 + int(after * (0.3 + 2.5 * self.draws.fraction()))
        space = "" if unit in ("", "%") else " "
        self["after"], self["before"] = f"{after}{space}{unit}", f"{before}{space}{unit}"

    def _level(self, value: str) -> str:
        measure = self.scene.measure
        return f"{measure} of {value}" if self.scene.unit else f"{value} {measure}"


@cache
def with_article(noun: str) -> str:
    """Return ``noun`` after "a" or "an".

    Examples
    --------
    >>> with_article("index"), with_article("usability test")
    ('an index', 'a usability test')
    """
    word = noun.lower()
    vowel = word[0] in "aeiou" and not word.startswith(_SOUNDS_LIKE_CONSONANT)
    return f"an {noun}" if vowel or word.startswith(_SOUNDS_LIKE_VOWEL) else f"a {noun}"
