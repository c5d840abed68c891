"""How good a ranking is, given what should have been found.

The measures are those of TREC's evaluations, with the grades themselves as gains (Järvelin and
Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FIRST_PAGE = 10
"""How far down nDCG and the reciprocal rank look."""

DEPTH = 100
"""How far down recall looks."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to one query, measured.

    Parameters
    ----------
    relevant
        How many documents have a grade above zero.
    found
        How many of them are among the first hundred.
    first
        The rank of the first of them there, None where there is none.
    ndcg_at_10, mrr_at_10, recall_at_100
        The measures, from 0 to 1.
    """

    relevant: int
    found: int
    first: int | None
    ndcg_at_10: float
    mrr_at_10: float
    recall_at_100: float


def judge(ranking: Iterable[str], grades: Mapping[str, float]) -> Judged | None:
    """Measure a ranking.

    Parameters
    ----------
    ranking
        The documents that were found, best first. One that comes again counts where it came first.
    grades
        How relevant documents are; those without a grade are not.

    Returns
    -------
    Judged or None
        None where no document has a grade above zero: nothing can be measured.

    Examples
    --------
    >>> judge(["b", "a", "c"], {"a": 1}).mrr_at_10
    0.5
    """
    gains = {document: grade for document, grade in grades.items() if grade > 0}
    if not gains:
        return None
    got = [gains.get(document, 0.0) for document in list(dict.fromkeys(ranking))[:DEPTH]]
    hits = [rank for rank, gain in enumerate(got, 1) if gain > 0]
    first = hits[0] if hits else None
    ideal = _discounted(sorted(gains.values(), reverse=True))
    return Judged(
        relevant=len(gains),
        found=len(hits),
        first=first,
        ndcg_at_10=_discounted(got) / ideal,
        mrr_at_10=1 / first if first is not None and first <= FIRST_PAGE else 0.0,
        recall_at_100=len(hits) / len(gains),
    )


def _discounted(gains: Sequence[float]) -> float:
    shown = enumerate(gains[:FIRST_PAGE], 1)
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in shown)
