"""What posts are written about: their words, and how often they were used before.

Whether a word is used more than before is told by the log-likelihood ratio of Dunning, "Accurate
methods for the statistics of surprise and coincidence" (1993), over posts that have it:

    rise = 2 * (sum over the four cells of observed * ln(observed / expected))

for posts with and without the word, in the range and before; negative where its share fell. It
grows with the evidence: a word that went from none to two posts of a thousand has 2.8, one from 20
to 50 has 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import naive
from echo_analytics.search_index import functions, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.queries.summaries import Span
    from echo_analytics.source import AnySelect

By: TypeAlias = Literal["frequent", "rising"]

SAMPLED = 10_000
"""How many posts of each range are read at the most."""

CONFIGURATION = "pg_catalog.english"
"""The text search configuration where there is no index."""

_EXAMPLES, _LONGEST_EXAMPLE = 20, 20_000
_MORE = 200
"""How many terms beyond those shown are looked at, for some are stop words."""

_ORDERS = {
    "frequent": 'posts > 0 ORDER BY posts DESC, lexeme COLLATE "C"',
    "rising": 'rise > 0 ORDER BY rise DESC, posts DESC, lexeme COLLATE "C"',
}
_COLUMNS = (
    sa.column("term", sa.Text),
    sa.column("total_posts", sa.BigInteger),
    sa.column("share", sa.Double),
    sa.column("total_posts_previous", sa.BigInteger),
    sa.column("share_previous", sa.Double),
    sa.column("rise", sa.Double),
)
_HIGHEST_FIRST = {"frequent": ("share",), "rising": ("rise", "share")}
_FILTERS = {
    "author": "d.author_id = ANY (CAST(:author AS uuid[]))",
    "category": "d.category_id = ANY (CAST(:category AS uuid[]))",
    "status": "d.status = :status",
}
_INDEXED, _STORED = (
    "analytics.post_search",
    f"(SELECT {functions.AS_STORED} FROM public.posts AS p)",  # noqa: S608 - constants of ours
)
_WORDS_INDEXED = "JOIN analytics.post_search AS w ON w.post_id = c.post_id"
_WORDS_MADE = f"""JOIN public.posts AS p ON p.id = c.post_id,
    {text.document("p.title", "p.content", f"'{CONFIGURATION}'::regconfig")},
    LATERAL (SELECT document.words) AS w"""
_NUMBER = "^[0-9][0-9.]*(e[0-9]+)?$"

_FURTHER = 30
"""How many terms beyond those shown are looked at, for some are parts of addresses."""

# Pages and mailboxes; a colon before a slash is no name of a parameter.
_ADDRESS = (
    r"(?:[a-z][a-z0-9+.-]*[:]//|www[.])[^[:space:]<>\x22]+|[^[:space:]<>@]+@[a-z0-9.-]+[.][a-z]+"
)
_WRITTEN = f"left(p.title || ' ' || coalesce(p.content, ''), {_LONGEST_EXAMPLE})"
_ELSEWHERE = f"regexp_replace(x.written, '{_ADDRESS}', ' ', 'gi')"
_IN_ADDRESSES = f"""array_to_string(ARRAY(
    SELECT a.found[1] FROM regexp_matches(x.written, '({_ADDRESS})', 'gi') AS a (found)), ' ')"""  # noqa: S608 - constants of ours
_EXAMPLE = text.parted(text.without_signs("x.elsewhere"))
_ADDRESSES = text.parted("x.addresses")
_PLAIN = text.respelt(text.without_accents("e.word"))

_TERMS = """
WITH created AS MATERIALIZED (
    SELECT d.post_id, uuid_hash_extended(d.post_id, 0) AS place,
        d.created_at >= CAST(:since AS timestamp)
            AND d.created_at < CAST(:until AS timestamp) AS here
    FROM {documents} AS d
    WHERE (d.created_at >= CAST(:since AS timestamp) AND d.created_at < CAST(:until AS timestamp)
        OR d.created_at >= CAST(:since_before AS timestamp)
            AND d.created_at < CAST(:until_before AS timestamp)) {filters}
), chosen AS MATERIALIZED (
    (SELECT * FROM created WHERE here ORDER BY place, post_id LIMIT {sampled})
    UNION ALL (SELECT * FROM created WHERE NOT here ORDER BY place, post_id LIMIT {sampled})
), numbers AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE here)::float8 AS all_here,
        count(*) FILTER (WHERE NOT here)::float8 AS all_before,
        least(count(*) FILTER (WHERE here), {sampled})::float8 AS here,
        least(count(*) FILTER (WHERE NOT here), {sampled})::float8 AS before
    FROM created
), sample AS MATERIALIZED (
    SELECT c.post_id, c.here, tsvector_to_array(w.words) AS lexemes FROM chosen AS c {words}
), counted AS (
    SELECT lexeme, count(*) FILTER (WHERE here)::float8 AS posts,
        count(*) FILTER (WHERE NOT here)::float8 AS posts_before
    FROM sample, unnest(lexemes) AS lexeme GROUP BY lexeme
), compared AS (
    SELECT c.*, CASE WHEN n.before > 0 THEN
        sign(c.posts * n.before - c.posts_before * n.here) * 2 * greatest(0,
            {cell_with} + {cell_with_before} + {cell_without} + {cell_without_before})
        END AS rise
    FROM counted AS c, numbers AS n
    WHERE length(lexeme) > 1 AND lexeme !~ '{number}' AND lexeme !~ '@'
), candidates AS MATERIALIZED (
    SELECT * FROM compared WHERE {order} LIMIT :limit + {more}
), best AS MATERIALIZED (
    SELECT * FROM candidates
    WHERE CAST(:configuration AS text) <> 'pg_catalog.simple'
        OR to_tsvector('pg_catalog.english', lexeme) <> ''
    ORDER BY {order_only} LIMIT :limit + {further}
), named AS (
    SELECT b.*, coalesce(CASE WHEN b.lexeme ~ '[._&+#]' THEN b.lexeme END, s.word, b.lexeme)
        AS term
    FROM best AS b, LATERAL (
        SELECT array_agg({written}) AS written FROM (
            SELECT post_id FROM sample WHERE b.lexeme = ANY (lexemes)
            ORDER BY here DESC, post_id LIMIT {examples}
        ) AS x JOIN public.posts AS p ON p.id = x.post_id
    ) AS e, LATERAL (
        SELECT array_agg({elsewhere}) AS elsewhere, array_agg({in_addresses}) AS addresses
        FROM unnest(e.written) AS x (written)
    ) AS t LEFT JOIN LATERAL (
        SELECT e.word, sum(count(*)) OVER () AS posts FROM (
            SELECT DISTINCT x.number, u.lexeme AS word
            FROM unnest(t.elsewhere) WITH ORDINALITY AS x (elsewhere, number),
            LATERAL unnest(to_tsvector('pg_catalog.simple', {example})) AS u
        ) AS e
        WHERE {initial} AND b.lexeme = ANY (tsvector_to_array(
            to_tsvector(CAST(CAST(:configuration AS text) AS regconfig), {plain})))
        GROUP BY e.word ORDER BY count(*) DESC, e.word COLLATE "C" LIMIT 1
    ) AS s ON true
    -- What most of the posts have in addresses alone is not what they are about.
    WHERE NOT (2 * CASE WHEN b.lexeme ~ '[._&+#]' THEN (
            SELECT count(*) FROM unnest(t.elsewhere) AS x (elsewhere)
            WHERE strpos(lower(x.elsewhere), b.lexeme) > 0
        ) ELSE coalesce(s.posts, 0) END < cardinality(e.written)
        AND EXISTS (
            SELECT FROM unnest(t.addresses) AS x (addresses)
            WHERE x.addresses <> '' AND (strpos(lower(x.addresses), b.lexeme) > 0
                OR b.lexeme = ANY (tsvector_to_array(to_tsvector(
                    CAST(CAST(:configuration AS text) AS regconfig), {addresses}))))))
)
SELECT m.term, round(m.posts * n.all_here / n.here)::bigint AS total_posts,
    m.posts / n.here AS share,
    CASE WHEN n.before > 0 THEN round(m.posts_before * n.all_before / n.before) ELSE 0 END::bigint
        AS total_posts_previous,
    m.posts_before / nullif(n.before, 0) AS share_previous, m.rise
FROM named AS m, numbers AS n
ORDER BY {order_only} LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Which posts are looked at.

    Parameters
    ----------
    span, before
        The range, and the one that it is compared with.
    filters
        Ids of "author" and "category" and a "status", as far as they are asked for.
    """

    span: Span
    before: Span
    filters: Mapping[str, object]


def search_terms(written: Written, configuration: str | None, by: By, limit: int) -> AnySelect:
    """The terms of a span, beside those of another; ``configuration`` is that of the index."""
    conditions = "".join(f" AND {_FILTERS[name]}" for name in sorted(written.filters))
    indexed = configuration is not None
    order = _ORDERS[by]
    statement = _TERMS.format(
        documents=_INDEXED if indexed else _STORED,
        words=_WORDS_INDEXED if indexed else _WORDS_MADE,
        filters=conditions,
        sampled=SAMPLED,
        number=_NUMBER,
        order=order,
        order_only=order.partition("ORDER BY ")[2],
        more=_MORE,
        further=_FURTHER,
        examples=_EXAMPLES,
        example=_EXAMPLE,
        written=_WRITTEN,
        elsewhere=_ELSEWHERE,
        in_addresses=_IN_ADDRESSES,
        addresses=_ADDRESSES,
        initial=f"left({_PLAIN}, 1) = left(b.lexeme, 1)",
        plain=_PLAIN,
        cell_with=_cell("c.posts", "n.here", "c.posts + c.posts_before"),
        cell_with_before=_cell("c.posts_before", "n.before", "c.posts + c.posts_before"),
        cell_without=_cell(
            "(n.here - c.posts)", "n.here", "n.here + n.before - c.posts - c.posts_before"
        ),
        cell_without_before=_cell(
            "(n.before - c.posts_before)",
            "n.before",
            "n.here + n.before - c.posts - c.posts_before",
        ),
    )
    edges = {
        "since": written.span.since,
        "until": written.span.until,
        "since_before": written.before.since,
        "until_before": written.before.until,
    }
    text_filters = [
        sa.bindparam(name, value, type_=sa.Text if name == "status" else pg.ARRAY(sa.Text))
        for name, value in written.filters.items()
    ]
    given = sa.text(statement.replace("[:", r"[\:").replace(":]", r"\:]")).bindparams(
        *text_filters,
        **{name: naive(edge) for name, edge in edges.items() if edge is not None},
        configuration=configuration or CONFIGURATION,
        limit=limit,
    )
    found = given.columns(*_COLUMNS).subquery("terms")
    return sa.select(*(found.c[column.name] for column in _COLUMNS)).order_by(
        *(found.c[name].desc() for name in _HIGHEST_FIRST[by]), found.c.term.collate("C")
    )


def _cell(observed: str, column: str, row: str) -> str:
    """Return SQL for a cell's part of the sum, nothing for an empty one."""
    expected = f"({column} * ({row}) / (n.here + n.before))"
    return f"CASE WHEN {observed} > 0 THEN {observed} * ln({observed} / {expected}) ELSE 0 END"
