"""The SQL that counts days from posts: from all of them, or from what was noted of them.

A post is reduced to when it was created, its author, category and state (``p``, ``d`` or ``a`` for
published, draft and archived), and how often it is there: once where it was added, minus once where
it was taken away.
"""

from __future__ import annotations

KINDS = ("all", "category", "status", "role")
"""What days are broken down by; ``all`` is by nothing."""

FIRST_DAY, LAST_DAY = "1900-01-03", "2099-12-28"
"""The days that are stored: those of which the shifts of a zone are known."""

STATE = """CASE WHEN p.status::text = 'archived' THEN 'a'
    WHEN p.published OR p.status::text = 'published' THEN 'p' ELSE 'd' END"""
"""The state of a row ``p`` of posts: archived, else published if either column says so."""

_DAY = f"""CASE WHEN p.created_at >= timestamp '{FIRST_DAY}' - interval '1 day'
    AND p.created_at < timestamp '{LAST_DAY}' + interval '2 days'
    THEN (p.created_at + z.shifts[width_bucket(p.created_at, z.changes) + 1]
        * interval '1 second')::date ELSE 'infinity' END"""

# The key of a row ``m`` of each kind. An id is kept by its bytes, so that there is one for none.
_KEYS = {
    "all": "''",
    "category": "coalesce(encode(nullif(m.category, ''), 'hex')::uuid::text, '')",
    "status": "CASE m.state WHEN 'p' THEN 'published' WHEN 'a' THEN 'archived' ELSE 'draft' END",
    "role": "(SELECT u.role::text FROM public.users AS u WHERE u.id = m.author_id)",
}

NET = """
SELECT created_at, author_id, category_id, state, sum(n)::int AS n FROM {}
GROUP BY created_at, author_id, category_id, state HAVING sum(n) <> 0
"""
"""What is left of noted rows once those that cancel each other out are gone."""


def author_days(table: str, zones: str, *, n: str = "p.n", state: str = "p.state") -> str:
    """Return the query of the posts of each author's day, by category and state.

    Parameters
    ----------
    table
        Where posts, or what was noted of them, are found.
    zones
        The condition on the row ``z`` of ``rollup_zone``.
    n, state
        How often a row ``p`` counts, and its state.
    """
    return f"""
SELECT z.id AS zone_id, {_DAY} AS day, p.author_id,
    coalesce(uuid_send(p.category_id), '') AS category, {state} AS state, sum({n})::int AS n
FROM {table} AS p CROSS JOIN analytics.rollup_zone AS z
WHERE {zones} GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - constants of ours


def changes(noted: str, zones: str, wanted: str = "true") -> str:
    """Return the tables from ``noted`` to ``mixed``, for ``by_key``.

    Of each author's day that was touched, all that is stored of it is looked up, since only then
    it is known whether the author is new there, or gone.

    Parameters
    ----------
    noted
        The table of noted rows.
    zones
        The condition on the row ``z`` of ``rollup_zone``.
    wanted
        The condition on the column ``day``.
    """
    return f"""
net AS MATERIALIZED ({NET.format(noted)}),
dated AS MATERIALIZED (
    SELECT * FROM ({author_days("net", zones)}) AS every WHERE {wanted}
), touched AS (
    SELECT DISTINCT zone_id, day, author_id FROM dated
), mixed AS (
    SELECT zone_id, day, author_id, category, state, sum(before) AS before, sum(after) AS after
    FROM (
        SELECT zone_id, day, author_id, category, state, 0 AS before, n AS after FROM dated
        UNION ALL
        SELECT s.zone_id, s.day, s.author_id, s.category, s.state, s.n, s.n
        FROM touched AS t CROSS JOIN LATERAL (
            SELECT * FROM analytics.rollup_author AS a
            WHERE a.zone_id = t.zone_id AND a.day = t.day AND a.author_id = t.author_id
            OFFSET 0
        ) AS s
    ) AS each GROUP BY zone_id, day, author_id, category, state
)"""  # noqa: S608 - constants of ours


def by_key(*kinds: str) -> str:
    """Return the query that sums ``mixed`` up by zone, kind, day and key.

    ``mixed`` has the posts of an author's day by category and state, with their number ``before``
    and ``after``. An author is there while the number of their posts is positive.
    """
    keys = ", ".join(f"('{kind}', {_KEYS[kind]})" for kind in kinds)
    return f"""
SELECT zone_id, kind, day, key,
    coalesce(sum(published), 0)::int AS published, coalesce(sum(draft), 0)::int AS draft,
    coalesce(sum(archived), 0)::int AS archived, sum(authors)::int AS authors
FROM (
    SELECT m.zone_id, k.kind, m.day, k.key,
        sum(m.after - m.before) FILTER (WHERE m.state = 'p') AS published,
        sum(m.after - m.before) FILTER (WHERE m.state = 'd') AS draft,
        sum(m.after - m.before) FILTER (WHERE m.state = 'a') AS archived,
        (sum(m.after) > 0)::int - (sum(m.before) > 0)::int AS authors
    FROM mixed AS m CROSS JOIN LATERAL (VALUES {keys}) AS k (kind, key)
    WHERE k.key IS NOT NULL
    GROUP BY m.zone_id, k.kind, m.day, k.key, m.author_id
) AS per_author
GROUP BY zone_id, kind, day, key
"""  # noqa: S608 - constants of ours
