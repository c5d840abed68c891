"""The search is measured on judged queries as a plain computation over its results measures it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pandas as pd
import polars as pl
import pytest
from frames_by_hand import NoDatabase
from judged_posts import DOCUMENTS, JUDGEMENTS, QUERIES, fill
from sample_posts import records

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

MEASURES = ["ndcg_at_10", "mrr_at_10", "recall_at_100"]
MEASURED = [query for query in QUERIES if max(JUDGEMENTS[query].values()) > 0]


@pytest.fixture(scope="module")
def db(
    create_database: Callable[..., str], migrated_template: str
) -> Iterator[echo.Database[pd.DataFrame]]:
    url = create_database(migrated_template)
    fill(url)
    with echo.connect(url) as database:
        yield database


def by_hand(ranking: list[str], grades: dict[str, float]) -> list[float]:
    """NDCG@10, MRR@10 and recall@100 by their definitions, sum by sum."""
    dcg = sum(grades.get(post, 0) / math.log2(2 + n) for n, post in enumerate(ranking[:10]))
    best = sum(g / math.log2(2 + n) for n, g in enumerate(sorted(grades.values())[:-11:-1]))
    wanted = {post for post, grade in grades.items() if grade > 0}
    ranks = [n for n, post in enumerate(ranking[:10], 1) if post in wanted]
    return [
        dcg / best,
        1 / min(ranks) if ranks else 0,
        len(wanted & {*ranking[:100]}) / len(wanted),
    ]


def rankings(db: echo.Database[pd.DataFrame]) -> dict[str, list[str]]:
    return {
        query: list(echo.search_posts(db, QUERIES[query], limit=100)["post_id"])
        for query in MEASURED
    }


def test_each_query_is_measured_by_the_definitions(db: echo.Database[pd.DataFrame]) -> None:
    found = records(echo.search.evaluate(db, QUERIES, JUDGEMENTS, per_query=True))
    assert [row["query_id"] for row in found] == MEASURED
    for row, (query, ranking) in zip(found, rankings(db).items(), strict=True):
        assert row["query"] == QUERIES[query]
        assert [row[name] for name in MEASURES] == pytest.approx(
            by_hand(ranking, JUDGEMENTS[query])
        )
        wanted = [post for post, grade in JUDGEMENTS[query].items() if grade > 0]
        ranks = sorted(ranking.index(post) + 1 for post in wanted if post in ranking)
        assert (row["relevant"], row["found"]) == (len(wanted), len(ranks))
        assert row["first_relevant"] == (ranks[0] if ranks else None)


def test_the_row_of_means_is_the_mean_of_the_rows(db: echo.Database[pd.DataFrame]) -> None:
    [row] = records(echo.search.evaluate(db, QUERIES, JUDGEMENTS))
    each = [by_hand(ranking, JUDGEMENTS[query]) for query, ranking in rankings(db).items()]
    assert list(row) == ["queries", "unanswered", *MEASURES]
    assert row["queries"] == len(each) == 9
    assert [row[name] for name in MEASURES] == pytest.approx(
        [sum(values) / 9 for values in zip(*each, strict=True)]
    )


def test_queries_that_find_nothing_are_counted(db: echo.Database[pd.DataFrame]) -> None:
    post = str(DOCUMENTS["bread"])
    [row] = records(
        echo.search.evaluate(db, {"a": "flour", "b": "zeppelin"}, {"a": {post: 1}, "b": {post: 1}})
    )
    assert row == {
        "queries": 2,
        "unanswered": 1,
        "ndcg_at_10": 0.5,
        "mrr_at_10": 0.5,
        "recall_at_100": 0.5,
    }


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_say_the_same_as_mappings(
    library: ModuleType, db: echo.Database[pd.DataFrame]
) -> None:
    queries = library.DataFrame({"query_id": list(QUERIES), "query": list(QUERIES.values())})
    pairs = [(q, post, g) for q, grades in JUDGEMENTS.items() for post, g in grades.items()]
    names = ("query_id", "post_id", "grade")
    judged = library.DataFrame(dict(zip(names, map(list, zip(*pairs, strict=True)), strict=True)))
    asked = db.using("arrow")
    assert echo.search.evaluate(asked, queries, judged) == echo.search.evaluate(
        asked, QUERIES, JUDGEMENTS
    )


def test_a_judged_id_may_be_a_uuid_or_written_otherwise(db: echo.Database[pd.DataFrame]) -> None:
    post = DOCUMENTS["bread"]
    for written in (post, str(post), post.hex.upper()):
        found = echo.search.evaluate(db, {"a": "flour"}, {"a": {written: 1}})
        assert found["mrr_at_10"][0] == 1


def test_the_columns_have_their_declared_types(db: echo.Database[pd.DataFrame]) -> None:
    means = echo.search.evaluate(db.using("polars"), QUERIES, JUDGEMENTS)
    assert dict(means.schema) == {
        "queries": pl.Int64,
        "unanswered": pl.Int64,
        **dict.fromkeys(MEASURES, pl.Float64),
    }
    each = echo.search.evaluate(db.using("polars"), QUERIES, JUDGEMENTS, per_query=True)
    assert dict(each.schema) == {
        "query_id": pl.String,
        "query": pl.String,
        "relevant": pl.Int64,
        "found": pl.Int64,
        "first_relevant": pl.Int64,
        **dict.fromkeys(MEASURES, pl.Float64),
    }
    frame = echo.search.evaluate(db, QUERIES, JUDGEMENTS, per_query=True)
    assert [str(kind) for kind in frame.dtypes] == [
        *("str", "str", "int64", "int64", "Int64"),
        *("float64",) * 3,
    ]


GOOD: dict[str, Any] = {"queries": {"a": "x"}, "judgements": {"a": {str(UUID(int=1)): 1}}}


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        ("queries", {"queries": ["x"]}),
        ("queries", {"queries": {"a": 5}}),
        ("queries", {"queries": pd.DataFrame({"id": ["a"], "query": ["x"]})}),
        ("queries", {"queries": pd.DataFrame({"query_id": ["a", "a"], "query": ["x", "y"]})}),
        ("judgements", {"judgements": 5}),
        ("judgements", {"judgements": {}}),
        ("judgements", {"judgements": {"b": {str(UUID(int=1)): 1}}}),
        ("judgements", {"judgements": {"a": {str(UUID(int=1)): 0}}}),
        ("judgements", {"judgements": {"a": {"no id": 1}}}),
        ("judgements", {"judgements": {"a": [str(UUID(int=1))]}}),
        ("judgements", {"judgements": {"a": {str(UUID(int=1)): "1"}}}),
        ("judgements", {"judgements": {"a": {str(UUID(int=1)): math.nan}}}),
        ("judgements", {"judgements": {"a": {str(UUID(int=1)): True}}}),
        ("judgements", {"judgements": {"a": {UUID(int=1): 1, UUID(int=1).hex: 2}}}),
        ("per_query", {"per_query": 1}),
        ("options", {"limit": 5}),
    ],
)
def test_wrong_arguments_are_refused_before_any_query(argument: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(echo.InvalidInput) as refused:
        echo.search.evaluate(NoDatabase(), **{**GOOD, **wrong})
    assert refused.value.argument == argument
