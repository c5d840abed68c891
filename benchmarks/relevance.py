"""How well searches find what they should, on collections with judgements.

    python benchmarks/relevance.py FOLDER...

Each collection becomes a database of its own. Prints nDCG@10, MRR@10 and recall@100 of the
specification's query, of ``bm25s`` with its defaults over title and text (English stems and stop
words), where it is installed, and of ``search_posts`` by its index, with ``semantic`` where that is
installed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

# So that it runs as a file too.
sys.path.insert(0, str(Path(__file__).parent.parent))

import echo_analytics as echo
from benchmarks.collection import Collection, read
from benchmarks.database import started
from benchmarks.result import Result, show
from echo_analytics.analytics.relevance import judge
from echo_analytics.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

MEASURES = ("ndcg_at_10", "mrr_at_10", "recall_at_100")
_UNITS = {"ndcg_at_10": "nDCG@10", "mrr_at_10": "MRR@10", "recall_at_100": "recall@100"}
DEPTH = 100

SPECIFICATION = """
    SELECT posts.id::text
    FROM posts
    WHERE published = true
      AND to_tsvector('english', title || ' ' || content) @@ plainto_tsquery('english', %(query)s)
    ORDER BY ts_rank(
      to_tsvector('english', title || ' ' || content), plainto_tsquery('english', %(query)s)
    ) DESC, posts.id
    LIMIT 100
"""
ITS_INDEX = "CREATE INDEX ON posts USING gin (to_tsvector('english', title || ' ' || content))"


def by_specification(url: str, collection: Collection) -> dict[str, float]:
    """Measure the query that the specification gives: every word must occur."""
    with psycopg.connect(url) as connection:

        def search(query: str) -> list[str]:
            return [row[0] for row in connection.execute(SPECIFICATION, {"query": query})]

        return measured(collection, search)


def by_bm25s(collection: Collection) -> dict[str, float]:
    """Measure bm25s with its defaults."""
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    ids = [document.post_id for document in collection.documents]
    texts = [f"{document.title} {document.text}" for document in collection.documents]

    def words(texts: list[str]) -> Any:  # noqa: ANN401 - bm25s has its own type
        return bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)

    index = bm25s.BM25()
    index.index(words(texts), show_progress=False)

    def search(query: str) -> list[str]:
        found, scores = index.retrieve(words([query]), k=min(DEPTH, len(ids)), show_progress=False)
        pairs = zip(found[0], scores[0], strict=True)
        return [ids[number] for number, score in pairs if score > 0]

    return measured(collection, search)


def by_search_posts(
    db: echo.Database[pa.Table],
    collection: Collection,
    **options: Any,  # noqa: ANN401 - whatever search_posts takes
) -> dict[str, float]:
    """Measure ``search_posts`` as ``evaluate`` does."""
    found = echo.search.evaluate(db, collection.queries, collection.judged_posts(), **options)
    return {name: found.column(name)[0].as_py() for name in MEASURES}


def measured(collection: Collection, search: Callable[[str], list[str]]) -> dict[str, float]:
    """Return the means of the measures over the queries that have an answer."""
    answers = (
        judge(search(collection.queries[query]), grades)
        for query, grades in collection.judged_posts().items()
        if query in collection.queries
    )
    judged = [answer for answer in answers if answer is not None]
    return {name: statistics.fmean(getattr(one, name) for one in judged) for name in MEASURES}


def searches(
    url: str, db: echo.Database[pa.Table], collection: Collection
) -> Iterator[tuple[str, Callable[[], dict[str, float]]]]:
    """Give the searches that can be run here, by name."""
    yield "search_posts", lambda: by_search_posts(db, collection)
    if find_spec("wordllama"):
        yield "search_posts, semantic", lambda: by_search_posts(db, collection, semantic=True)
    yield "specification's query", lambda: by_specification(url, collection)
    if find_spec("bm25s") and find_spec("Stemmer"):
        yield "bm25s", lambda: by_bm25s(collection)


def results(folder: Path) -> Iterator[Result]:
    """Measure one collection."""
    collection = read(folder)
    found: dict[str, dict[str, float]] = {measure: {} for measure in MEASURES}
    with tempfile.TemporaryDirectory(prefix="echo-relevance-") as home, started(home) as server:
        url = server.url()
        migrate(url)
        with echo.connect(url, frame="arrow") as db:
            collection.fill(db)
            db.search_index.build()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(ITS_INDEX)
                connection.execute("VACUUM ANALYZE")
            for name, search in searches(url, db, collection):
                for measure, value in search().items():
                    found[measure][name] = value
    title = f"{collection.name}: {_size(collection)}"
    for measure, values in found.items():
        yield Result(title, values, unit=_UNITS[measure])


def _size(collection: Collection) -> str:
    return f"{len(collection.documents):,} documents, {len(collection.judgements):,} queries"


def main() -> None:
    """Measure the collections that are named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, nargs="+", help="with docs.jsonl, queries.jsonl, qrels.tsv"
    )
    given: Any = parser.parse_args()
    show(result for folder in given.folder for result in results(folder))


if __name__ == "__main__":
    main()
