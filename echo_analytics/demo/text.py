"""Titles and bodies of posts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from echo_analytics.demo.draws import Draws, Weights
from echo_analytics.demo.frames import WORK_FRAMES, WORK_WEIGHTS, Frame
from echo_analytics.demo.other_frames import HOME_FRAMES, HOME_WEIGHTS, NEWS_FRAMES, NEWS_WEIGHTS
from echo_analytics.demo.slots import Details, Slots
from echo_analytics.demo.words import EMOJI

if TYPE_CHECKING:
    from echo_analytics.demo.words import Topic

LEAST_WORDS, MOST_WORDS = 40, 90
MOST_SENTENCES = 6

_EMOJI_SHARE = 0.006
_NEWS_SHARE = 0.6
_WORK = Weights(WORK_WEIGHTS)
_HOME = Weights(HOME_WEIGHTS)
_NEWS = Weights(NEWS_WEIGHTS)


class Text(NamedTuple):
    """What a post says."""

    title: str
    content: str


def write(draws: Draws, topic: Topic) -> Text:
    """Return a title and three to six sentences of 40 to 90 words about ``topic``."""
    frame = _frame(draws, topic)
    slots = Slots(draws, draws.pick(topic.scenes), home=topic.home)
    title = _sentence(draws.pick(frame.titles), slots)
    if draws.chance(_EMOJI_SHARE):
        title = f"{title} {draws.pick(EMOJI)}"
    return Text(title, _content(draws, frame, slots, frame.facts or topic.facts))


def _frame(draws: Draws, topic: Topic) -> Frame:
    if topic.home:
        return HOME_FRAMES[draws.weighted(_HOME)]
    if topic.category == "news" and draws.chance(_NEWS_SHARE):
        return NEWS_FRAMES[draws.weighted(_NEWS)]
    return WORK_FRAMES[draws.weighted(_WORK)]


def _content(draws: Draws, frame: Frame, slots: Slots, facts: tuple[str, ...]) -> str:
    opening = draws.pick(frame.openings)
    middle = _unrepeated(draws, frame.middles, _remedies(opening))
    ending = _unrepeated(draws, frame.endings, _remedies(opening) | _remedies(middle))
    sentences = [_sentence(opening, slots)]
    for template in (middle, ending):
        # Another number, or everything would take the same four days.
        slots.pop("n", None)
        sentences.append(_sentence(template, slots))
    last = sentences.pop()
    room = MOST_WORDS - sum(map(_words, sentences)) - _words(last)
    return " ".join([*sentences, *_facts(draws, facts, room), last])


def _facts(draws: Draws, templates: tuple[str, ...], room: int) -> list[str]:
    """Return some facts, ``room`` words at most, and enough for the shortest of posts."""
    wanted = room - MOST_WORDS + draws.between(LEAST_WORDS, MOST_WORDS - 15)
    details = Details(draws)
    facts: list[str] = []
    words = 0
    for template in draws.some(templates, MOST_SENTENCES - 3):
        if words >= wanted:
            break
        fact = _sentence(template, details)
        if words + _words(fact) <= room:
            facts.append(fact)
            words += _words(fact)
    return facts


@cache
def _remedies(template: str) -> frozenset[str]:
    """Return those slots of a template that should not come twice in one post."""
    return frozenset(slot for slot in ("{fix}", "{fix2}", "{trouble}") if slot in template)


def _unrepeated(draws: Draws, templates: tuple[str, ...], told: frozenset[str]) -> str:
    """Return a template without the slots in ``told``, if luck allows."""
    template = draws.pick(templates)
    for _ in range(6):
        if _remedies(template).isdisjoint(told):
            break
        template = draws.pick(templates)
    return template


def _sentence(template: str, slots: Details) -> str:
    filled = template.format_map(slots)
    return filled[0].upper() + filled[1:] if template[0] == "{" else filled


def _words(sentence: str) -> int:
    return sentence.count(" ") + 1
