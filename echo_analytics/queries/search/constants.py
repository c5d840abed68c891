"""The numbers of the ranking, in one place.

A post's score is the sum over the terms of the query of

    idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean length))

where f counts a term once for each time in the content and ``title_weight`` times for each in the
title, plus ``title_share`` times the same formula over the title alone, with the title's length and
``title_b``. It is BM25 after Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
and Beyond" (2009), with

    idf = ln(1 + (N - df + 0.5) / (df + 0.5))
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the score is made of, and how much work is spent on it.

    Parameters
    ----------
    k1
        How soon further occurrences of a term stop counting.
    b
        How much longer posts are held against them, from 0 to 1.
    title_weight
        For how many an occurrence in the title counts.
    title_share
        The share of the score over titles alone that is added.
    title_b
        How much longer titles are held against them in that score.
    budget
        How many posts are scored at the most; those with the rarest words are chosen.
    """

    k1: float = 1.2
    b: float = 0.75
    title_weight: float = 2.0
    title_share: float = 0.3
    title_b: float = 0.75
    budget: int = 20_000


RANKING = Ranking()
"""The one that searches go by."""
