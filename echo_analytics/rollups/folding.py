"""The SQL of the functions that fold: they move rows from the log to what is stored."""

from __future__ import annotations

from echo_analytics.rollups.counting import KINDS, NOTED, author_days, key, role

LOCK_KEY = int.from_bytes(b"echo-rol", "big")
"""The advisory lock that whoever changes what is stored holds."""

MOST_NOTED = 20_000
"""With more rows in the log than this, the tables are as quick; and a refresh is due."""

_AT_ONCE = 1_000

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# The log is short and what is dead in it is not, so that its index has to be taken; and plans are
# made once, whatever there was to fold that time.
BY_INDEX = "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off"

_ROW = ("zone_id", "day", "author_id", "category", "state")
_CELL = ("zone_id", "kind", "day", "key")
_COUNTS = ("published", "draft", "archived", "authors")
_STATES = {"published": "p", "draft": "d", "archived": "a"}


def _same(columns: tuple[str, ...], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{column} = {other}.{column}" for column in columns)


def _keys() -> str:
    """The kinds with their keys of a row ``p`` of ``parts``; null where it does not concern one."""
    concerned = {"all": "3, 4", "category": "1, 4", "status": "2, 4", "role": "3, 4"}
    found = {kind: key(kind, "p.category", "p.state", "") for kind in KINDS} | {"role": "p.role"}
    return ", ".join(
        f"('{kind}', CASE WHEN p.part IN ({concerned[kind]}) THEN {found[kind]} END)"
        for kind in KINDS
    )


_TAKEN = f"""
    DELETE FROM analytics.rollup_log WHERE ctid = ANY (ARRAY(
        SELECT l.ctid FROM analytics.rollup_log AS l WHERE l.x >= {NOTED} ORDER BY l.x LIMIT most))
    RETURNING created_at, author_id, category_id, state, n, x
"""  # noqa: S608 - constants of ours

# What is left of the log begins with the first transaction that was open, or that was not reached.
_REMEMBERED = """
    UPDATE analytics.rollup_folded SET
        below = CASE WHEN (SELECT count(*) FROM taken) < most
            THEN pg_snapshot_xmin(pg_current_snapshot())
            ELSE least(pg_snapshot_xmin(pg_current_snapshot()),
                (SELECT x FROM taken ORDER BY x DESC LIMIT 1)) END,
        negative = negative + (
            SELECT coalesce(sum((after < 0)::int - (after - n < 0)::int), 0) FROM moved)
    WHERE EXISTS (SELECT FROM taken)
"""

_FOLDING = f"""
WITH taken AS ({_TAKEN}), dated AS MATERIALIZED (
    SELECT d.*, {role("d.author_id")} AS role
    FROM ({author_days("taken", "true")} HAVING sum(p.n) <> 0) AS d
), more AS (
    UPDATE analytics.rollup_author AS r SET n = r.n + d.n
    FROM dated AS d WHERE {_same(_ROW, "r", "d")} RETURNING d.*, r.n AS after
), first AS MATERIALIZED (
    SELECT d.*, d.n AS after FROM dated AS d
    WHERE NOT EXISTS (SELECT FROM more AS m WHERE {_same(_ROW, "m", "d")})
), added AS (
    INSERT INTO analytics.rollup_author (zone_id, day, author_id, category, state, n)
    SELECT zone_id, day, author_id, category, state, n FROM first
), moved AS (
    SELECT * FROM first UNION ALL SELECT * FROM more
), turned AS MATERIALIZED (
    SELECT DISTINCT zone_id, day, author_id, role FROM moved
    WHERE after <= 0 OR after <= n
    OR (SELECT coalesce(sum(f.negative), 1) <> 0 FROM analytics.rollup_folded AS f)
), mixed AS (
    SELECT d.zone_id, d.day, d.author_id, d.role, d.category, d.state, 0 AS before, d.n AS after
    FROM dated AS d JOIN turned AS t USING (zone_id, day, author_id)
    UNION ALL
    SELECT s.zone_id, s.day, s.author_id, t.role, s.category, s.state, s.n, s.n
    FROM turned AS t CROSS JOIN LATERAL (
        SELECT * FROM analytics.rollup_author AS a
        WHERE a.zone_id = t.zone_id AND a.day = t.day AND a.author_id = t.author_id
        OFFSET 0
    ) AS s
), crossed AS (
    SELECT zone_id, day, role, category, state, grouping(category, state) AS part,
        (sum(after) > 0)::int - (sum(before) > 0)::int AS authors
    FROM mixed GROUP BY GROUPING SETS (
        (zone_id, day, author_id, role), (zone_id, day, author_id, role, category),
        (zone_id, day, author_id, role, state))
    HAVING (sum(after) > 0) <> (sum(before) > 0)
), parts AS (
    SELECT zone_id, day, category, state, role, 4 AS part, sum(n) AS n, 0 AS authors
    FROM dated GROUP BY zone_id, day, category, state, role
    UNION ALL
    SELECT zone_id, day, category, state, role, part, 0, sum(authors)
    FROM crossed GROUP BY zone_id, day, category, state, role, part
), differences AS MATERIALIZED (
    SELECT p.zone_id, k.kind, p.day, k.key, {
    ", ".join(
        f"coalesce(sum(p.n) FILTER (WHERE p.state = '{state}'), 0) AS {name}"
        for name, state in _STATES.items()
    )
}, sum(p.authors) AS authors
    FROM parts AS p CROSS JOIN LATERAL (VALUES {_keys()}) AS k (kind, key)
    WHERE k.key IS NOT NULL GROUP BY p.zone_id, k.kind, p.day, k.key
), changed AS (
    UPDATE analytics.rollup_day AS r
    SET {", ".join(f"{name} = r.{name} + d.{name}" for name in _COUNTS)}
    FROM differences AS d WHERE {_same(_CELL, "r", "d")}
    RETURNING {", ".join(f"r.{name}" for name in _CELL)}
), counted AS (
    INSERT INTO analytics.rollup_day ({", ".join((*_CELL, *_COUNTS))})
    SELECT {", ".join((*_CELL, *_COUNTS))} FROM differences AS d
    WHERE NOT EXISTS (SELECT FROM changed AS r WHERE {_same(_CELL, "r", "d")})
), remembered AS ({_REMEMBERED})
SELECT count(*) INTO folded FROM taken
"""  # noqa: S608 - constants of ours

FOLD = f"""
CREATE OR REPLACE FUNCTION analytics.fold_rollups(most int) RETURNS bigint LANGUAGE plpgsql
{DEFINER} {BY_INDEX}
AS $function$
DECLARE
    folded bigint;
BEGIN
    {_FOLDING};
    RETURN folded;
END
$function$;

CREATE OR REPLACE FUNCTION analytics.fold_rollups_in_passing() RETURNS void LANGUAGE plpgsql
{DEFINER} {BY_INDEX}
AS $function$
BEGIN
    -- Elsewhere the snapshot may be older than the lock; and among serializable transactions, to
    -- read what others write would make theirs fail.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN;
    END IF;
    IF NOT pg_try_advisory_xact_lock({LOCK_KEY}) THEN
        RETURN;
    END IF;
    IF (SELECT count(*) FROM (
        SELECT FROM analytics.rollup_log AS l WHERE l.x >= {NOTED} LIMIT {MOST_NOTED + 1}) AS l
    ) <= {MOST_NOTED} THEN
        PERFORM analytics.fold_rollups({_AT_ONCE});
    END IF;
EXCEPTION WHEN OTHERS THEN
    RETURN;
END
$function$;
"""  # noqa: S608 - constants of ours
"""What folds, and what a writer folds with in passing."""
