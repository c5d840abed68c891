"""The analyses as one would write them for PostgreSQL by hand: what the others are compared with.

Days are those of UTC, and the answers are rows of psycopg. They leave out much of what an analysis
gives, such as zones, days without a post, contradictory posts and what is not complete yet; what
they count is the same.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from psycopg.rows import TupleRow

    Connection = psycopg.Connection[TupleRow]

WITHIN = "created_at >= %(first)s AND created_at < %(after)s"
BEFORE = "created_at >= %(before)s AND created_at < %(first)s"

_FIGURES = """
SELECT count(*), count(*) FILTER (WHERE status = 'published'),
    count(*) FILTER (WHERE status = 'draft'), count(*) FILTER (WHERE status = 'archived'),
    count(DISTINCT author_id)
FROM posts WHERE {}"""
_NEWCOMERS = """
SELECT count(*) FILTER (WHERE created_at >= %(first)s), count(*) FROM (
    SELECT min(created_at) AS created_at FROM posts GROUP BY author_id) AS first_posts
WHERE created_at >= %(before)s AND created_at < %(after)s"""
_NEW_USERS = f"""
SELECT count(*) FROM users WHERE {WITHIN}
UNION ALL SELECT count(*) FROM users WHERE {BEFORE}"""


def _active(unit: str, before: str = "0 days") -> str:
    start = f"date_trunc('{unit}', created_at)"
    within = WITHIN.replace("%(first)s", f"%(first)s::date - interval '{before}'")
    return f"SELECT DISTINCT author_id, {start} AS p FROM posts WHERE {within}"


_JOINED = WITHIN.replace("created_at", "posts.created_at")

STATEMENTS: dict[str, tuple[str, ...]] = {
    "overview": (_FIGURES.format(WITHIN), _FIGURES.format(BEFORE), _NEWCOMERS, _NEW_USERS),
    "top_authors": (
        f"""
SELECT author_id, users.name, count(*), count(*) / sum(count(*)) OVER ()
FROM posts JOIN users ON users.id = author_id
WHERE {_JOINED}
GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 10""",
    ),
    "category_summary": (
        f"""
SELECT categories.name, count(*), count(*) FILTER (WHERE published), count(DISTINCT author_id),
    min(posts.created_at), max(posts.created_at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY length(content))
FROM posts LEFT JOIN categories ON categories.id = category_id
WHERE {_JOINED} GROUP BY 1 ORDER BY 2 DESC""",
        f"SELECT category_id, count(*) FROM posts WHERE {BEFORE} GROUP BY 1",
    ),
    "posting_heatmap": (
        f"""
SELECT extract(isodow FROM created_at), extract(hour FROM created_at), count(*)
FROM posts WHERE {WITHIN} GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    "author_retention": (
        f"""
WITH active AS ({_active("month")}), began AS (
    SELECT author_id, date_trunc('month', min(created_at)) AS cohort FROM posts GROUP BY 1)
SELECT cohort, p, count(*) FROM began JOIN active USING (author_id)
WHERE cohort >= %(first)s GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    "author_lifecycle": (
        f"""
WITH active AS ({_active("week", "7 days")}), began AS (
    SELECT author_id, date_trunc('week', min(created_at)) AS first FROM posts GROUP BY 1),
seen AS (
    SELECT p, first, lag(p) OVER own AS last, lead(p) OVER own AS next
    FROM active JOIN began USING (author_id) WINDOW own AS (PARTITION BY author_id ORDER BY p)),
gone AS (
    SELECT p + interval '7 days' AS p, count(*) AS dormant FROM seen
    WHERE next IS NULL OR next > p + interval '7 days' GROUP BY 1)
SELECT p, count(*) FILTER (WHERE first = p), count(*) FILTER (WHERE last = p - interval '7 days'),
    count(*) FILTER (WHERE first < p AND (last IS NULL OR last < p - interval '7 days')),
    max(dormant)
FROM seen LEFT JOIN gone USING (p) GROUP BY 1 ORDER BY 1""",
    ),
    "stickiness": (
        f"""
WITH active AS ({_active("day", "29 days")}),
days AS (SELECT DISTINCT p AS day FROM active WHERE p >= %(first)s)
SELECT day, count(DISTINCT author_id) FILTER (WHERE p = day),
    count(DISTINCT author_id) FILTER (WHERE p > day - interval '7 days'),
    count(DISTINCT author_id)
FROM days JOIN active ON p <= day AND p > day - interval '30 days' GROUP BY 1 ORDER BY 1""",
    ),
    "publishing_funnel": (
        """
WITH signed AS (SELECT id AS person, created_at AS at FROM users
    WHERE created_at >= %(first)s AND created_at < %(after)s),
own AS (SELECT person, status, posts.created_at - at AS after,
        row_number() OVER (PARTITION BY person, status ORDER BY posts.created_at) AS nth
    FROM signed JOIN posts ON author_id = person
        AND posts.created_at >= at AND posts.created_at <= at + interval '365 days'),
steps AS (SELECT min(after) AS first, min(after) FILTER (WHERE status = 'published') AS second,
        min(after) FILTER (WHERE status = 'published' AND nth = 2) AS third
    FROM own GROUP BY person)
SELECT (SELECT count(*) FROM signed), count(first), count(second), count(third),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY first),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY second),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY third) FROM steps""",
    ),
    "post_anomalies": (
        """
WITH days AS (SELECT created_at::date AS day, count(*) AS posts FROM posts
    WHERE created_at >= %(first)s::date - interval '56 days' AND created_at < %(after)s GROUP BY 1),
middle AS (SELECT now.day, now.posts,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY before.posts) AS expected
    FROM days AS now JOIN days AS before ON (now.day - before.day) %% 7 = 0
        AND now.day - before.day BETWEEN 7 AND 56
    WHERE now.day >= %(first)s GROUP BY 1, 2)
SELECT middle.day, middle.posts, expected,
    1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(before.posts - expected))
FROM middle JOIN days AS before ON (middle.day - before.day) %% 7 = 0
    AND middle.day - before.day BETWEEN 7 AND 56
GROUP BY 1, 2, 3 ORDER BY 1""",
    ),
    "user_stats, all users": (
        """
SELECT users.id, users.name, count(posts.id), count(*) FILTER (WHERE posts.status = 'published'),
    count(*) FILTER (WHERE posts.status = 'draft'),
    count(*) FILTER (WHERE posts.status = 'archived'), min(posts.created_at),
    max(posts.created_at), count(DISTINCT posts.created_at::date)
FROM users LEFT JOIN posts ON posts.author_id = users.id GROUP BY 1, 2 ORDER BY 3 DESC""",
    ),
}
"""What is asked for each analysis, one statement after the other."""


# Any: rows; only the time counts.
def by_hand(connection: Connection, name: str, start: str, end: str) -> Callable[[], Any]:
    """Return the call that asks for an analysis in plain SQL."""
    first, after = date.fromisoformat(start), date.fromisoformat(end) + timedelta(days=1)
    values = {"first": first, "after": after, "before": first - (after - first)}

    def call() -> list[TupleRow]:
        rows: list[TupleRow] = []
        for statement in STATEMENTS[name]:
            rows = connection.execute(statement.encode(), values).fetchall()
        return rows

    return call
