"""Searches go on where the index is dropped between two of their statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from drizzle_database import rows

import echo_analytics as echo
from echo_analytics.analytics import counting, explaining, explaining_post, search

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import pyarrow as pa

WORD = "title"


def _posts(db: echo.Database[pa.Table]) -> object:
    return sorted(echo.search_posts(db, WORD).column("post_id").to_pylist())


def _count(db: echo.Database[pa.Table]) -> object:
    return int(echo.search_count(db, WORD))


def _facets(db: echo.Database[pa.Table]) -> object:
    return echo.search_facets(source=db, query=WORD).to_pylist()


def _terms(db: echo.Database[pa.Table]) -> object:
    return echo.explain_search(db, WORD).column("document_frequency").to_pylist()


def _post(db: echo.Database[pa.Table]) -> object:
    post = echo.posts_with_authors(db, limit=1).column("post_id")[0].as_py()
    return echo.explain_post(db, WORD, post).rank


@pytest.mark.parametrize(
    ("asks", "ask"),
    [
        (search, _posts),
        (counting, _count),
        (counting, _facets),
        (explaining, _terms),
        (explaining_post, _post),
    ],
)
def test_a_search_goes_on_without_an_index_that_went_while_it_ran(
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    asks: ModuleType,
    ask: Callable[[echo.Database[pa.Table]], object],
) -> None:
    with echo.connect(url, frame="arrow") as db:
        before = ask(db)
        assert before
        prepare = asks.prepare

        def prepare_and_drop(*args: Any, **options: Any) -> object:  # noqa: ANN401 - passed on
            prepared = prepare(*args, **options)
            if rows(url, "select to_regclass('analytics.post_search') is not null") == [(True,)]:
                db.search_index.drop()
            return prepared

        monkeypatch.setattr(asks, "prepare", prepare_and_drop)
        assert ask(db) == before
        assert rows(url, "select to_regclass('analytics.post_search')") == [(None,)]
