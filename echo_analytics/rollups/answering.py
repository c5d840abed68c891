"""The SQL of the functions that readers ask."""

from __future__ import annotations

from echo_analytics.rollups.counting import DAY, KINDS, NOTED, key
from echo_analytics.rollups.folding import BY_INDEX, MOST_NOTED

SIGNATURE = """(
    SELECT string_agg(concat_ws(' ', t.tgname, t.oid, t.xmin, t.tgenabled, t.tgfoid), ', '
        ORDER BY t.tgname)
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgrelid IN (to_regclass('public.posts'), to_regclass('public.users'))
    AND starts_with(t.tgname, 'echo_rollup_') AND t.tgenabled IN ('O', 'A')
    HAVING count(*) = 6
) || ', ' || (
    SELECT string_agg(concat_ws(' ', a.attname, a.attnum, a.atttypid), ', ' ORDER BY a.attname)
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = to_regclass('public.posts')
    AND a.attname IN ('created_at', 'author_id', 'category_id', 'status', 'published')
    HAVING count(*) = 5
) || ', ' || (
    SELECT string_agg(c.oid::text, ' ' ORDER BY c.relname)
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'analytics'
    AND c.relname IN ('rollup_day', 'rollup_author', 'rollup_log', 'rollup_folded')
    HAVING count(*) = 4
)"""
"""The versions of the triggers and columns that what is stored was counted under; null where one
is missing or disabled. A trigger that was disabled in between has another version afterwards, and a
table of ours that was dropped and made again has another number."""

_STORED = """
    SELECT r.day, r.key, r.published, r.draft, r.archived, r.authors
    FROM analytics.rollup_day AS r
    WHERE r.zone_id = place AND r.kind = wanted_kind AND r.day BETWEEN first AND last
"""

# Authors are counted by what a kind tells apart of an author's day.
_PARTS = {"category": "coalesce(uuid_send(p.category_id), '')", "status": "p.state"}
_PARTED = {"category": "AND a.category = w.part", "status": "AND a.state = w.part"}


def _sums(n: str, state: str) -> str:
    states = {"published": "p", "draft": "d", "archived": "a"}
    return ", ".join(
        f"coalesce(sum({n}) FILTER (WHERE {state} = '{each}'), 0)::int AS {name}"
        for name, each in states.items()
    )


def _with_noted(kind: str) -> str:
    """The stored days of a kind, with the difference that the noted rows make to each.

    Of each author's day that was noted, it is looked up what is stored of it, since only then it is
    known whether the author is new there, or gone.
    """
    return f"""
WITH noted AS MATERIALIZED (
    SELECT {DAY} AS day, p.author_id, {_PARTS.get(kind, "''")} AS part, {_sums("p.n", "p.state")}
    FROM analytics.rollup_log AS p CROSS JOIN analytics.rollup_zone AS z
    WHERE z.id = place AND p.x >= noted_from GROUP BY 1, 2, 3
), keyed AS MATERIALIZED (
    SELECT w.*, {key(kind, "w.part", "w.part", "w.author_id")} AS key, (
        SELECT coalesce(sum(a.n), 0) FROM analytics.rollup_author AS a WHERE a.zone_id = place
        AND a.day = w.day AND a.author_id = w.author_id {_PARTED.get(kind, "")}) AS before
    FROM noted AS w WHERE w.day BETWEEN first AND last
), changed AS MATERIALIZED (
    SELECT k.day, k.key, sum(k.published)::int AS published, sum(k.draft)::int AS draft,
        sum(k.archived)::int AS archived, sum(
            (k.before + k.published + k.draft + k.archived > 0)::int - (k.before > 0)::int
        )::int AS authors
    FROM keyed AS k WHERE k.key IS NOT NULL GROUP BY k.day, k.key
), added AS (
    SELECT coalesce(s.day, c.day) AS day, coalesce(s.key, c.key) AS key, {
        ", ".join(
            f"coalesce(s.{name}, 0) + coalesce(c.{name}, 0) AS {name}"
            for name in ("published", "draft", "archived", "authors")
        )
    }
    FROM ({_STORED}) AS s FULL JOIN changed AS c ON c.day = s.day AND c.key = s.key
)
SELECT a.day, a.key, a.published, a.draft, a.archived, a.authors
FROM added AS a WHERE a.published + a.draft + a.archived <> 0"""  # noqa: S608 - constants of ours


def _branches() -> str:
    return "".join(
        f"""
    {"IF" if number == 0 else "ELSIF"} wanted_kind = '{kind}' THEN
        RETURN QUERY {_with_noted(kind)};"""
        for number, kind in enumerate(KINDS)
    )


READ = f"""
CREATE OR REPLACE FUNCTION analytics.rollups_cover(wanted_zone text, wanted_kind text)
RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp {BY_INDEX}
AS $function$
BEGIN
    -- Locks the table: what TRUNCATE does is seen by snapshots that are older.
    PERFORM FROM public.posts LIMIT 0;
    RETURN EXISTS (
        SELECT FROM analytics.rollup_zone AS z
        WHERE z.zone = wanted_zone AND z.triggers = {SIGNATURE})
    AND NOT EXISTS (
        SELECT FROM analytics.rollup_mark AS m
        WHERE m.kind = 'all' OR (m.kind = 'role' AND wanted_kind = 'role'))
    AND (
        SELECT c.relfilenode = pg_relation_filenode(c.oid)
        FROM pg_class AS c WHERE c.oid = to_regclass('public.posts'))
    AND (SELECT count(*) FROM (
        SELECT FROM analytics.rollup_log AS l WHERE l.x >= {NOTED} LIMIT {MOST_NOTED + 1}) AS l
    ) <= {MOST_NOTED};
END
$function$;

CREATE OR REPLACE FUNCTION analytics.rollup_counts(
    wanted_zone text, wanted_kind text, first date, last date)
RETURNS TABLE (
    day date, key text, published int, draft int, archived int, authors int)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp {BY_INDEX}
AS $function$
#variable_conflict use_column
DECLARE
    place smallint := (SELECT id FROM analytics.rollup_zone WHERE zone = wanted_zone);
    noted_from xid8 := {NOTED};
BEGIN
    IF NOT EXISTS (SELECT FROM analytics.rollup_log AS l WHERE l.x >= noted_from) THEN
        RETURN QUERY {_STORED} AND r.published + r.draft + r.archived <> 0;
        RETURN;
    END IF;{_branches()}
    END IF;
END
$function$;
"""  # noqa: S608 - constants of ours
"""Whether what is stored answers, and the answer."""
