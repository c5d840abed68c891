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

STATE = """CASE p.status::text WHEN 'archived' THEN 'a' WHEN 'published' THEN 'p'
    ELSE CASE WHEN p.published THEN 'p' ELSE 'd' END END"""
"""The state of a row ``p`` of posts: archived, else published if either column says so."""

DAY = f"""CASE WHEN p.created_at >= timestamp '{FIRST_DAY}' - interval '1 day'
    AND p.created_at < timestamp '{LAST_DAY}' + interval '2 days'
    THEN (p.created_at + z.shifts[width_bucket(p.created_at, z.changes) + 1]
        * interval '1 second')::date ELSE 'infinity' END"""
"""The local day of a row ``p`` in the zone of the row ``z``; those not stored are at infinity."""

NOTED = "coalesce((SELECT f.below FROM analytics.rollup_folded AS f), '0')"
"""The number of a transaction below which nothing noted is left."""

_STATUS = "CASE {} WHEN 'p' THEN 'published' WHEN 'a' THEN 'archived' ELSE 'draft' END"


def key(kind: str, category: str, state: str, author: str) -> str:
    """Return the key of a kind, from expressions of the category's bytes, the state, the author.

    An id is kept by its bytes, so that there is one for none.
    """
    return {
        "all": "''",
        "category": f"coalesce(encode(nullif({category}, ''), 'hex')::uuid::text, '')",
        "status": _STATUS.format(state),
        "role": role(author),
    }[kind]


def role(author: str) -> str:
    """Return the expression of an author's role."""
    return f"(SELECT u.role::text FROM public.users AS u WHERE u.id = {author})"  # noqa: S608


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
SELECT z.id AS zone_id, {DAY} AS day, p.author_id,
    coalesce(uuid_send(p.category_id), '') AS category, {state} AS state, sum({n})::int AS n
FROM {table} AS p CROSS JOIN analytics.rollup_zone AS z
WHERE {zones} GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - constants of ours


def by_key(*kinds: str) -> str:
    """Return the query that sums ``mixed`` up by zone, kind, day and key.

    ``mixed`` has the posts of an author's day by category and state, with their number ``before``
    and ``after``. An author is there while the number of their posts is positive.
    """
    named = {kind: key(kind, "m.category", "m.state", "m.author_id") for kind in kinds}
    keys = ", ".join(f"('{kind}', {found})" for kind, found in named.items())
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
