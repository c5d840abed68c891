"""The numbers of the ranking, in one place.

A post's score is the sum over the distinct terms of the query of

    q * idf * (k1 + 1) * (f / (f + k1 * (1 - b + b * length / mean length))
                          + share * t / (t + k1 * (1 - title_b + title_b * title / mean title)))

where t counts a term in the title and f in both, ``title_weight`` times for each in the title;
``length`` counts words in the same way, ``title`` the words of the title. ``share`` is
``title_share``, and ``lone_title_share`` of that for a post without content: its title is all there
is. It is BM25 after Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond" (2009), twice, with

    idf = ln(1 + (N - df + 0.5) / (df + 0.5))

To that comes for each two words that follow one another in the query, and in the post,

    close share * (their q * idf) * (k1 + 1) * c / (c + k1 * (1 - b + b * length / mean length))

where c is 1, ``title_weight`` in the title. df is how many posts have the term in title or content,
and q = (k3 + 1) * n / (k3 + n) for a term that the query holds n times.
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
    lone_title_share
        The share of that share for posts without content, from 0 to 1.
    k3
        How soon repetitions of a term in the query stop counting.
    close_share
        The share of the weights of two words that is added where a post has them next to each
        other, as the query does.
    glued_share
        The same of two words without a space between them.
    short_share
        The same of any two words of a query of at most four.
    budget
        How many posts are scored at the most; those with the rarest words are chosen.
    """

    k1: float = 1.5
    b: float = 0.75
    title_weight: float = 2.5
    title_share: float = 0.4
    title_b: float = 0.75
    lone_title_share: float = 0.5
    k3: float = 1.0
    close_share: float = 0.03
    glued_share: float = 0.1
    short_share: float = 0.3
    budget: int = 8_000


RANKING = Ranking()
"""The one that searches go by."""
