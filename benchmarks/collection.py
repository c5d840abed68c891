"""A test collection: documents, queries, and which documents answer them.

A folder holds ``docs.jsonl`` {id, title, text}, ``queries.jsonl`` {id, text} and ``qrels.tsv``
(query id, document id, grade).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa

from echo_analytics.bulk import copy_rows
from echo_analytics.schema import posts, users

if TYPE_CHECKING:
    from pathlib import Path

    import echo_analytics as echo

_AUTHOR = str(uuid5(NAMESPACE_URL, "author"))


@dataclass(frozen=True)
class Document:
    """A document of a collection; the title or the text can be empty."""

    id: str
    title: str
    text: str

    @property
    def post_id(self) -> str:
        """The id of the post that it becomes."""
        return post_id(self.id)


@dataclass(frozen=True)
class Collection:
    """A collection as its files have it."""

    name: str
    documents: tuple[Document, ...]
    queries: dict[str, str]
    judgements: dict[str, dict[str, float]]

    def judged_posts(self) -> dict[str, dict[str, float]]:
        """Return the judgements by the ids of the posts."""
        return {
            query: {post_id(document): grade for document, grade in grades.items()}
            for query, grades in self.judgements.items()
        }

    # Any: whatever the frame of the database.
    def fill(self, db: echo.Database[Any]) -> None:
        """Make the documents the published posts of an empty database."""
        one = {"id": [_AUTHOR], "email": ["author@example.org"], "name": ["Author"]}
        count = len(self.documents)
        rows = {
            "id": [document.post_id for document in self.documents],
            "title": [document.title for document in self.documents],
            "content": [document.text for document in self.documents],
            "published": [True] * count,
            "status": ["published"] * count,
            "author_id": [_AUTHOR] * count,
        }
        with db.transaction() as connection:
            copy_rows(connection, users, pa.table(one))
            copy_rows(connection, posts, pa.table(rows))


def post_id(document: str) -> str:
    """Return the id of the post that a document becomes."""
    return str(uuid5(NAMESPACE_URL, document))


def read(folder: Path) -> Collection:
    """Read the three files of a folder."""
    documents = tuple(
        Document(str(row["id"]), _text(row.get("title")), _text(row.get("text")))
        for row in _rows(folder / "docs.jsonl")
    )
    queries = {str(row["id"]): _text(row["text"]) for row in _rows(folder / "queries.jsonl")}
    judgements: dict[str, dict[str, float]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines():
        query, document, grade = line.split("\t")
        judgements.setdefault(query, {})[document] = float(grade)
    return Collection(folder.name, documents, queries, judgements)


def _rows(path: Path) -> list[dict[str, Any]]:
    # Not splitlines: a text may hold other characters that end lines.
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def _text(value: str | None) -> str:
    return (value or "").replace("\0", " ")
