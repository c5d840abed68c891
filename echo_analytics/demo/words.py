"""Words that every topic shares, and the shape of a topic."""

from __future__ import annotations

from dataclasses import dataclass

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve")

SEASONS = ("spring", "summer", "autumn", "winter")

CITIES = tuple(
    """Berlin, Lisbon, Nairobi, Toronto, Utrecht, Kraków, Lyon, Porto, Bogotá, Helsinki, Osaka,
    Leeds, Seville, Pune, Montréal, Tallinn, Ghent, Accra, Bologna, Zürich, Austin, Medellín,
    Gdańsk, Malmö, Turin, Leipzig, Cork, Seoul, Dakar, Brno, Granada, Aarhus, Hanoi, Bristol,
    Graz, Nantes, Curitiba, Ljubljana, Taipei, Lagos, Córdoba, Vilnius, Basel, Reykjavík, Tunis,
    Trieste, Kyoto, Bergen, Adelaide, Cluj, Oaxaca, Thessaloniki, Halifax, Debrecen, Coimbra,
    Tartu, Wellington, Kigali, Trondheim, Valparaíso""".replace("\n    ", " ").split(", ")
)
"""The first ones are drawn most often, so that the last ones are rare words."""

PROJECTS = tuple(
    """Wombat, Heron, Juniper, Lantern, Basalt, Otter, Saffron, Cobalt, Magpie, Larch, Pebble,
    Marmot, Quartz, Thistle, Kestrel, Amber, Fjord, Walnut, Puffin, Clover, Ember, Gecko, Indigo,
    Nutmeg, Osprey, Pumice, Rowan, Sparrow, Tundra, Umbra, Vesper, Willow, Yarrow, Zephyr, Alder,
    Badger, Cedar, Dahlia, Egret, Finch, Gannet, Hazel, Ibis, Jackdaw, Kelp, Lichen, Mistral,
    Narwhal, Ocelot, Plover, Quokka, Redwood, Serval, Tamarind, Urchin, Vicuña, Wagtail, Xenon,
    Axolotl, Capybara""".replace("\n    ", " ").split(", ")
)
"""Names of projects, drawn as the cities are."""

EMOJI = ("🎉", "🚀", "🌱", "🙏", "😅", "🔥")

WHERE_AT_WORK = (
    "in a team of {n}",
    "at a small company",
    "on a tight budget",
    "on project {project}",
    "on project {project}",
    "at our office in {city}",
    "for a customer in {city}",
    "for a client in {city}",
    "with {n} thousand users",
    "across {n} teams",
    "in a company of {n} hundred people",
    "for a school in {city}",
    "for a charity in {city}",
    "after the move to {city}",
)
WHERE_AT_HOME = (
    "in a small flat",
    "with two small children",
    "in {city}",
    "near {city}",
    "after work",
    "for beginners",
    "on a budget",
    "for the first time",
    "this {season}",
)

RANGES = {
    "": (2, 60),
    "%": (2, 25),
    "GB": (3, 90),
    "MB": (20, 400),
    "kB": (40, 500),
    "days": (2, 12),
    "euros": (40, 900),
    "hours": (2, 16),
    "minutes": (3, 45),
    "ms": (8, 400),
    "seconds": (2, 40),
}
"""For each unit, between which values a measure lies after it got better."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Something people write about, what went wrong with it, and what they did about it.

    Attributes
    ----------
    thing
        A countable noun in the singular, without an article.
    measure, unit
        What one would like to be lower, and its unit of `RANGES`; both empty at home.
    troubles
        What the thing did: predicates in the past tense.
    fixes
        What people did: phrases that start with a verb in -ing.
    """

    thing: str
    measure: str
    unit: str
    troubles: tuple[str, ...]
    fixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a part of the community writes about.

    Attributes
    ----------
    name
        What an author says to write about.
    category
        The slug of the category that most of its posts are in.
    weight
        How many favour it, relative to the other topics.
    scenes
        What titles and stories are made of.
    facts
        Sentences that stand anywhere in a post of this topic.
    home
        Whether it belongs to one's own time and not to work.
    """

    name: str
    category: str
    weight: int
    scenes: tuple[Scene, ...]
    facts: tuple[str, ...]
    home: bool = False


def scenes(text: str) -> tuple[Scene, ...]:
    """Read scenes from ``text``, three lines each.

    ::

        nightly backup | backup time | minutes
        - filled the disk in one night; stopped halfway
        + compressing the dump; checking the exit code

    At home the first line holds the thing alone.
    """
    found = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return tuple(_scene(*found[start : start + 3]) for start in range(0, len(found), 3))


def _scene(head: str, troubles: str, fixes: str) -> Scene:
    thing, measure, unit = (*(part.strip() for part in head.split("|")), "", "")[:3]
    return Scene(thing, measure, unit, _phrases(troubles, "-"), _phrases(fixes, "+"))


def _phrases(line: str, mark: str) -> tuple[str, ...]:
    if not line.startswith(mark):
        raise ValueError(f"a line that starts with {mark} was expected: {line}")
    return tuple(phrase.strip() for phrase in line[1:].split(";"))


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of ``text``; one that ends in a backslash goes on in the next."""
    joined = text.replace("\\\n", " ")
    return tuple(" ".join(line.split()) for line in joined.splitlines() if line.strip())
