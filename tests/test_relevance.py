"""The measures of relevance against sums by hand and an implementation of its own."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.analytics.relevance import judge

DOCUMENTS = [f"d{number}" for number in range(120)]


def gain_vector(ranking: list[str], grades: dict[str, float]) -> list[float]:
    return [max(grades.get(name, 0), 0) for name in ranking]


def ndcg_by_recursion(ranking: list[str], grades: dict[str, float]) -> float:
    """Järvelin and Kekäläinen's cumulated form: DCG[i] = DCG[i-1] + G[i] / log2(i + 1)."""

    def cumulated(gains: list[float], place: int) -> float:
        if place == 0:
            return 0
        return cumulated(gains, place - 1) + gains[place - 1] * math.log(2) / math.log(place + 1)

    gains = gain_vector(ranking, grades)
    best = sorted(gain_vector(list(grades), grades))[::-1]
    return cumulated(gains, min(10, len(gains))) / cumulated(best, min(10, len(best)))


def test_a_ranking_is_measured_as_by_hand() -> None:
    found = judge(["x", "b", "a", "y"], {"a": 3, "b": 1, "c": 2, "n": 0})
    assert found is not None
    # 1/log2(3) + 3/log2(4), of the best possible 3 + 2/log2(3) + 1/log2(4)
    assert found.ndcg_at_10 == pytest.approx((0.63093 + 1.5) / (3 + 1.26186 + 0.5), abs=1e-5)
    assert (found.mrr_at_10, found.first) == (0.5, 2)
    assert (found.relevant, found.found) == (3, 2)
    assert found.recall_at_100 == pytest.approx(2 / 3)


def test_the_best_order_of_graded_documents_is_one_and_another_is_less() -> None:
    grades = {"a": 3.0, "b": 2.0, "c": 1.0}
    best, worse = judge("abc", grades), judge("cba", grades)
    assert best is not None
    assert worse is not None
    assert best.ndcg_at_10 == 1
    assert worse.ndcg_at_10 == pytest.approx(
        (1 + 2 / math.log2(3) + 1.5) / (3 + 2 / math.log2(3) + 0.5)
    )


def test_the_first_page_ends_at_ten_and_recall_at_a_hundred() -> None:
    eleventh = judge([*DOCUMENTS[:10], "it"], {"it": 1})
    assert eleventh is not None
    assert (eleventh.ndcg_at_10, eleventh.mrr_at_10, eleventh.recall_at_100) == (0, 0, 1)
    assert eleventh.first == 11
    late = judge([*DOCUMENTS[:100], "it"], {"it": 1})
    assert late is not None
    assert (late.recall_at_100, late.first) == (0, None)


def test_a_document_that_comes_twice_counts_once() -> None:
    found = judge(["a", "a", "b"], {"a": 1, "b": 1})
    assert found == judge(["a", "b"], {"a": 1, "b": 1})


def test_nothing_found_is_zero_and_nothing_to_find_is_no_measure() -> None:
    nothing = judge([], {"a": 1})
    assert nothing is not None
    assert (nothing.ndcg_at_10, nothing.mrr_at_10, nothing.recall_at_100) == (0, 0, 0)
    assert judge(["a"], {"a": 0, "b": -1}) is None


@given(
    st.permutations(DOCUMENTS),
    st.integers(0, 120),
    st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(-1, 4), min_size=1),
)
def test_random_rankings_are_measured_as_by_the_other_implementation(
    order: list[str], length: int, grades: dict[str, float]
) -> None:
    ranking = order[:length]
    found = judge(ranking, grades)
    wanted = {name for name, grade in grades.items() if grade > 0}
    if not wanted:
        assert found is None
        return
    assert found is not None
    places = sorted(ranking.index(name) + 1 for name in wanted if name in ranking)
    assert found.ndcg_at_10 == pytest.approx(ndcg_by_recursion(ranking, grades))
    assert found.mrr_at_10 == pytest.approx(next((1 / p for p in places if p <= 10), 0))
    assert found.recall_at_100 == pytest.approx(sum(p <= 100 for p in places) / len(wanted))
