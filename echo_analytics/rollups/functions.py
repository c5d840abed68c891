"""The SQL of the functions behind rollups: those of triggers, folding and reading."""

from __future__ import annotations

from echo_analytics.rollups.counting import KINDS, NET, STATE, by_key, changes

LOCK_KEY = int.from_bytes(b"echo-rol", "big")
"""The advisory lock that whoever changes what is stored holds."""

MOST_NOTED = 20_000
"""With more rows in the log than this, the tables are as quick; and a refresh is due."""

_AT_ONCE = 1_000
_ONE_IN = 128

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
)"""
"""The versions of the triggers and columns that what is stored was counted under; null where one
is missing or disabled. A trigger that was disabled in between has another version afterwards."""

_DECLARE = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"


def _noting(name: str, source: str, compared: str) -> str:
    """Return a trigger function that notes posts.

    The look at no row comes first: only there can the names and types that the application may
    change be wrong, and in a block that writes, each statement would take a number of a
    transaction of its own.
    """
    return f"""
CREATE OR REPLACE FUNCTION analytics.{name}() RETURNS trigger LANGUAGE plpgsql {_DECLARE}
AS $function$
DECLARE
    possible boolean := true;
BEGIN
    BEGIN
        PERFORM FROM {compared} AS p, analytics.rollup_log AS l
        WHERE p.created_at = l.created_at AND p.author_id = l.author_id
        AND p.category_id = l.category_id AND {STATE} = l.state LIMIT 0;
    EXCEPTION WHEN OTHERS THEN
        possible := false;
    END;
    IF NOT possible THEN
        BEGIN
            INSERT INTO analytics.rollup_mark (kind) VALUES ('all');
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
        RETURN NULL;
    END IF;
    INSERT INTO analytics.rollup_log (created_at, author_id, category_id, state, n)
    {source};
    IF mod(extract(microseconds FROM clock_timestamp())::int, {_ONE_IN}) = 0 THEN
        PERFORM analytics.fold_rollups_in_passing();
    END IF;
    RETURN NULL;
END
$function$;
"""  # noqa: S608 - constants of ours


def _posts(table: str, sign: str) -> str:
    return (
        f"SELECT p.created_at, p.author_id, p.category_id, {STATE} AS state, {sign} AS n"  # noqa: S608
        f" FROM {table} AS p"
    )


_CHANGED = NET.format(
    f"({_posts('old_rows', '-1')} UNION ALL {_posts('new_rows', '1')}) AS changed"
)

_MARKING = f"""
CREATE OR REPLACE FUNCTION analytics.mark_rollup_posts() RETURNS trigger LANGUAGE plpgsql {_DECLARE}
AS $function$
BEGIN
    INSERT INTO analytics.rollup_mark (kind) VALUES ('all');
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$function$;
CREATE OR REPLACE FUNCTION analytics.mark_rollup_users() RETURNS trigger LANGUAGE plpgsql {_DECLARE}
AS $function$
DECLARE
    changed boolean := true;
BEGIN
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            changed := EXISTS (
                SELECT id, role::text FROM new_rows EXCEPT SELECT id, role::text FROM old_rows);
        ELSE
            changed := EXISTS (SELECT FROM old_rows);
        END IF;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    IF changed THEN
        BEGIN
            INSERT INTO analytics.rollup_mark (kind) VALUES ('role');
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END IF;
    RETURN NULL;
END
$function$;
"""  # noqa: S608 - constants of ours

_FOLD = f"""
CREATE OR REPLACE FUNCTION analytics.fold_rollups(most int) RETURNS bigint LANGUAGE plpgsql
{_DECLARE} SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    folded bigint;
BEGIN
    WITH taken AS (
        DELETE FROM analytics.rollup_log
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM analytics.rollup_log LIMIT most))
        RETURNING created_at, author_id, category_id, state, n
    ), {changes("taken", "true")}, moved AS (
        INSERT INTO analytics.rollup_author AS r (zone_id, day, author_id, category, state, n)
        SELECT zone_id, day, author_id, category, state, n FROM dated
        ON CONFLICT (zone_id, day, author_id, category, state) DO UPDATE SET n = r.n + excluded.n
    ), counted AS (
        INSERT INTO analytics.rollup_day AS r
            (zone_id, kind, day, key, published, draft, archived, authors)
        SELECT zone_id, kind, day, key, published, draft, archived, authors
        FROM ({by_key(*KINDS)}) AS changes
        ON CONFLICT (zone_id, kind, day, key) DO UPDATE SET
            published = r.published + excluded.published, draft = r.draft + excluded.draft,
            archived = r.archived + excluded.archived, authors = r.authors + excluded.authors
    )
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END
$function$;

CREATE OR REPLACE FUNCTION analytics.fold_rollups_in_passing() RETURNS void LANGUAGE plpgsql
{_DECLARE}
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
    IF (SELECT count(*) FROM (SELECT FROM analytics.rollup_log LIMIT {MOST_NOTED + 1}) AS l)
        <= {MOST_NOTED} THEN
        PERFORM analytics.fold_rollups({_AT_ONCE});
    END IF;
EXCEPTION WHEN OTHERS THEN
    RETURN;
END
$function$;
"""  # noqa: S608 - constants of ours


def _reading() -> str:
    stored = """
        SELECT r.day, r.key, r.published, r.draft, r.archived, r.authors
        FROM analytics.rollup_day AS r
        WHERE r.zone_id = place AND r.kind = wanted_kind AND r.day BETWEEN first AND last"""
    branches = "".join(
        f"""
    {"IF" if number == 0 else "ELSIF"} wanted_kind = '{kind}' THEN
        RETURN QUERY WITH
        {changes("analytics.rollup_log", "z.id = place", "day BETWEEN first AND last")}
        SELECT summed.day, summed.key, sum(summed.published)::int, sum(summed.draft)::int,
            sum(summed.archived)::int, sum(summed.authors)::int
        FROM ({stored} UNION ALL
            SELECT c.day, c.key, c.published, c.draft, c.archived, c.authors
            FROM ({by_key(kind)}) AS c) AS summed
        GROUP BY summed.day, summed.key
        HAVING sum(summed.published) + sum(summed.draft) + sum(summed.archived) <> 0;"""  # noqa: S608
        for number, kind in enumerate(KINDS)
    )
    return f"""
CREATE OR REPLACE FUNCTION analytics.rollups_cover(wanted_zone text, wanted_kind text)
RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
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
    AND (SELECT count(*) FROM (SELECT FROM analytics.rollup_log LIMIT {MOST_NOTED + 1}) AS l)
        <= {MOST_NOTED};
END
$function$;

CREATE OR REPLACE FUNCTION analytics.rollup_counts(
    wanted_zone text, wanted_kind text, first date, last date)
RETURNS TABLE (
    day date, key text, published int, draft int, archived int, authors int)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $function$
#variable_conflict use_column
DECLARE
    place smallint := (SELECT id FROM analytics.rollup_zone WHERE zone = wanted_zone);
BEGIN
    IF NOT EXISTS (SELECT FROM analytics.rollup_log) THEN
        RETURN QUERY {stored} AND r.published + r.draft + r.archived <> 0;
        RETURN;
    END IF;{branches}
    END IF;
END
$function$;
"""  # noqa: S608 - constants of ours


FUNCTIONS = (
    _noting("note_posts_inserted", _posts("new_rows", "1"), "new_rows"),
    _noting("note_posts_updated", _CHANGED, "new_rows"),
    _noting("note_posts_deleted", _posts("old_rows", "-1"), "old_rows"),
    _MARKING,
    _FOLD,
    _reading(),
)
