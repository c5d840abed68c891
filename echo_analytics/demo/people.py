"""The members: who they are, and what they like to write about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING
from uuid import UUID

from echo_analytics.demo.draws import Draws, Weights
from echo_analytics.demo.names import NAMES, plain
from echo_analytics.demo.rhythm import END, later, moment, moments, sign_up_days
from echo_analytics.demo.topics import TOPICS
from echo_analytics.demo.words import CITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from echo_analytics.demo.words import Topic

_NAMESPACE = UUID("6f1d1c0e-5f0b-5c39-9a38-0c4c9a3d7a52")
_PROVIDERS = ("example.com", "example.org", "example.net")
_FAVOURITES = Weights(topic.weight for topic in TOPICS)
_PROFESSIONS = (
    "Data engineer",
    "Back-end developer",
    "Front-end developer",
    "Product manager",
    "Database administrator",
    "Designer",
    "Analyst",
    "Site reliability engineer",
    "Team lead",
    "Teacher",
    "Student",
    "Librarian",
    "Researcher",
    "Consultant",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A row of ``users``, with instants in microseconds, and favourite topics."""

    id: str
    email: str
    name: str
    email_verified: bool
    avatar: str | None
    bio: str | None
    preferences: str | None
    role: str
    created_at: int
    updated_at: int
    favourites: tuple[Topic, ...]


def identifier(seed: int, table: str, number: int | str) -> str:
    """Return an id that is always the same for the same row, as text.

    It is the uuid5 of the row's name, made without the detour by `uuid.UUID`: four times faster.
    """
    name = f"{seed}/{table}/{number}".encode()
    digest = sha1(_NAMESPACE.bytes + name, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def people(seed: int, count: int) -> list[Person]:
    """Return ``count`` members in the order in which they signed up."""
    draws = Draws(seed, 0)
    taken: set[str] = set()
    return [
        _person(draws, seed, number, name, _address(draws, name, taken), created)
        for number, (name, created) in enumerate(
            zip(_names(draws, count), _sign_ups(draws, count), strict=True)
        )
    ]


def founders(count: int) -> int:
    """Return how many of ``count`` members are there from the first day on."""
    return min(count, max(1, count // 50))


def _sign_ups(draws: Draws, count: int) -> list[int]:
    first = sorted(moment(draws, 0) for _ in range(founders(count)))
    return sorted([*first, *moments(draws, sign_up_days(), count - len(first))])


def _names(draws: Draws, count: int) -> Iterator[str]:
    """Yield full names, each once before any comes again."""
    every = [f"{first} {last}" for firsts, lasts in NAMES for first in firsts for last in lasts]
    shuffled = draws.shuffled(every)
    return (shuffled[number % len(shuffled)] for number in range(count))


def _address(draws: Draws, name: str, taken: set[str]) -> str:
    first, last = name.split(" ", 1)
    local = f"{plain(first)}.{plain(last)}"
    wanted, number = local, 1
    while wanted in taken:
        number += 1
        wanted = f"{local}{number}"
    taken.add(wanted)
    return f"{wanted}@{draws.pick(_PROVIDERS)}"


def _person(draws: Draws, seed: int, number: int, name: str, email: str, created: int) -> Person:
    favourites = _topics(draws)
    return Person(
        id=identifier(seed, "users", number),
        email=email,
        name=name,
        email_verified=draws.chance(0.85),
        avatar=f"https://example.com/avatars/{number + 1}.png" if draws.chance(0.4) else None,
        bio=_bio(draws, favourites) if draws.chance(0.6) else None,
        preferences=_preferences(draws) if draws.chance(0.7) else None,
        role=_role(number),
        created_at=created,
        updated_at=later(draws, created, END) if draws.chance(0.5) else created,
        favourites=favourites,
    )


def _topics(draws: Draws) -> tuple[Topic, ...]:
    """Return one to three different topics, the dearest first."""
    wanted = draws.between(1, 3)
    chosen: list[Topic] = []
    while len(chosen) < wanted:
        topic = TOPICS[draws.weighted(_FAVOURITES)]
        if topic not in chosen:
            chosen.append(topic)
    return tuple(chosen)


def _bio(draws: Draws, favourites: Sequence[Topic]) -> str:
    names = [topic.name for topic in favourites]
    listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return f"{draws.pick(_PROFESSIONS)} in {draws.early(CITIES)}. Writes about {listed}."


def _preferences(draws: Draws) -> str:
    return json.dumps(
        {
            "theme": "dark" if draws.chance(0.45) else "light",
            "notifications": {"email": draws.chance(0.6), "push": draws.chance(0.3)},
        }
    )


def _role(number: int) -> str:
    """Return the role of a member; the first ones look after the others."""
    if number < 3:
        return "admin"
    return "moderator" if number < 15 else "user"
