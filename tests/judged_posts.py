"""A small collection of posts and queries with known answers, of our own writing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sample_posts import USERS, Post, add_users, replace_posts

COLLECTION = Path(__file__).parent / "data" / "search"


def lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (COLLECTION / name).read_text().splitlines()]


DOCUMENTS = {row["id"]: UUID(int=7000 + n) for n, row in enumerate(lines("docs.jsonl"))}
QUERIES = {row["id"]: row["text"] for row in lines("queries.jsonl")}
JUDGEMENTS: dict[str, dict[str, float]] = {}
for judgement in (COLLECTION / "qrels.tsv").read_text().splitlines():
    query, document, grade = judgement.split("\t")
    JUDGEMENTS.setdefault(query, {})[str(DOCUMENTS[document])] = int(grade)


def fill(url: str) -> None:
    """Make the documents the posts of an empty database."""
    add_users(url)
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    replace_posts(
        url,
        [
            Post(DOCUMENTS[row["id"]], min(USERS), moment, title=row["title"], content=row["text"])
            for row in lines("docs.jsonl")
        ],
    )
