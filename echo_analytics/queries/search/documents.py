"""What is searched: the index, or without one the posts, made into the same columns."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import parameter
from echo_analytics.schema import UTCDateTime
from echo_analytics.search_index import functions, text
from echo_analytics.search_index.compounds import has_compounds, vector_of_compounds

if TYPE_CHECKING:
    from sqlalchemy.sql.base import ReadOnlyColumnCollection

CONFIGURATION = "pg_catalog.english"
"""The text search configuration where there is no index."""

_REGCONFIG = f"'{CONFIGURATION}'::regconfig"
_LEXEMES = "[lexemes]"


@dataclass(frozen=True, slots=True)
class Documents:
    """Rows with what is stored of posts."""

    table: sa.FromClause

    # Any: columns of all types.
    @property
    def c(self) -> ReadOnlyColumnCollection[str, sa.ColumnElement[Any]]:
        """The columns."""
        return self.table.c


def _columns() -> list[sa.ColumnClause[Any]]:
    return [
        sa.column("post_id", sa.Uuid()),
        sa.column("author_id", sa.Uuid()),
        sa.column("category_id", sa.Uuid()),
        sa.column("created_at", UTCDateTime()),
        sa.column("status", sa.Text()),
        sa.column("length", sa.Integer()),
        sa.column("title_length", sa.Integer()),
        sa.column("words", pg.TSVECTOR()),
        sa.column("title_words", pg.TSVECTOR()),
    ]


@functools.cache
def of(*, indexed: bool, matching: bool = False, in_titles: bool = True) -> Documents:
    """Return the documents of the index, or those made of posts as they are read.

    Parameters
    ----------
    indexed
        Whether there is an index.
    matching
        Without one: whether words are needed only of posts that have one of the parameter
        ``lexemes``. To make and keep those of all takes a third of the time.
    in_titles
        Without one: whether words of titles as they are written are needed.
    """
    if indexed:
        return Documents(sa.table("post_search", *_columns(), schema="analytics"))
    posts = sa.text(_of_posts(matching=matching, in_titles=in_titles))
    if matching:
        posts = posts.bindparams(sa.bindparam("lexemes", type_=sa.Text()))
    return Documents(posts.columns(*_columns()).cte("documents"))


def _of_posts(*, matching: bool, in_titles: bool) -> str:
    """Return a SELECT that does what ``text.document`` does, one step within the other.

    Posts without compounds are told from the others, since several processes can share them: what
    makes the compounds of a row is a subquery, which they cannot. Nor what has an ``OFFSET 0``; the
    planner takes ``OFFSET '0'`` for what it is.
    """
    sql = " UNION ALL ".join(
        _documents(matching=matching, in_titles=in_titles, with_compounds=with_compounds)
        for with_compounds in (False, True)
    )
    return sql.replace(":", r"\:").replace(_LEXEMES, "CAST(CAST(:lexemes AS text) AS tsquery)")


def _documents(*, matching: bool, in_titles: bool, with_compounds: bool) -> str:
    simple = "to_tsvector('pg_catalog.simple', title_text)" if in_titles else "''::tsvector"
    in_title = in_content = "NULL::tsvector"
    vectors = ["of_title", "of_content", "simple_title"]
    words = "setweight(of_title, 'A') || setweight(of_content, 'B')"
    title_words = "setweight(of_title, 'A') || simple_title"
    if with_compounds:
        in_title = f"CASE WHEN title_whole THEN {vector_of_compounds('folded_title', 'A')} END"
        in_content = (
            f"CASE WHEN content_whole THEN {vector_of_compounds('folded_content', 'B')} END"
        )
        vectors += ["whole_in_title", "whole_in_content"]
        words += " || coalesce(whole_in_title, '') || coalesce(whole_in_content, '')"
        title_words += " || coalesce(whole_in_title, '')"
    kept = " OR ".join(f"{vector} @@ {_LEXEMES}" for vector in vectors) if matching else "true"
    return f"""
(SELECT post_id, author_id, category_id, created_at, status,
    title_length + content_length AS length,
    title_length, CASE WHEN kept THEN {words} END AS words,
    CASE WHEN kept THEN {title_words} END AS title_words
FROM (
    SELECT *, {text.number_of_words("of_title")} AS title_length,
        {text.number_of_words("of_content")} AS content_length, {kept} AS kept
    FROM (
        SELECT *, to_tsvector({_REGCONFIG}, title_text) AS of_title,
            to_tsvector({_REGCONFIG}, content_text) AS of_content, {simple} AS simple_title,
            {in_title} AS whole_in_title, {in_content} AS whole_in_content
        FROM (
            SELECT *, CASE WHEN {text.has_glue("folded_title")}
                    THEN {text.parted("folded_title")} ELSE folded_title END AS title_text,
                CASE WHEN {text.has_glue("folded_content")}
                    THEN {text.parted("folded_content")} ELSE folded_content END AS content_text
            FROM (
                SELECT *, {has_compounds("folded_title")} AS title_whole,
                    {has_compounds("folded_content")} AS content_whole
                FROM (
                    SELECT {functions.AS_STORED},
                        {text.folded("p.title", text.LONGEST_TITLE)} AS folded_title,
                        {text.folded("p.content", text.LONGEST_CONTENT)} AS folded_content
                    FROM public.posts AS p OFFSET '0'
                ) AS folded OFFSET '0'
            ) AS folded WHERE {"" if with_compounds else "NOT"} (title_whole OR content_whole)
            OFFSET '0'
        ) AS parted OFFSET '0'
    ) AS vectors OFFSET '0'
) AS documents OFFSET '0')"""  # noqa: S608 - constants of ours


def filtered(source: Documents, name: str) -> sa.ColumnElement[bool]:
    """Return a filter, whose value is the parameter of its name."""
    if name == "author":
        return source.c.author_id == parameter("author", sa.Uuid())
    if name == "category":
        return source.c.category_id == parameter("category", sa.Uuid())
    if name == "status":
        return source.c.status == parameter("status", sa.Text())
    if name == "since":
        return source.c.created_at >= parameter("since", UTCDateTime())
    return source.c.created_at < parameter("until", UTCDateTime())
