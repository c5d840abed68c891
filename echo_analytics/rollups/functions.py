"""The SQL of the functions behind rollups: here those of triggers."""

from __future__ import annotations

from echo_analytics.rollups.answering import READ
from echo_analytics.rollups.counting import NET, STATE
from echo_analytics.rollups.folding import DEFINER, FOLD

ONE_IN = 256
"""Of how many statements one folds."""


def _noting(name: str, source: str, compared: str) -> str:
    """Return a trigger function that notes posts.

    The look at no row comes first: only there can the names and types that the application may
    change be wrong, and in a block that writes, each statement would take a number of a
    transaction of its own.
    """
    return f"""
CREATE OR REPLACE FUNCTION analytics.{name}() RETURNS trigger LANGUAGE plpgsql {DEFINER}
AS $function$
DECLARE
    possible boolean := true;
BEGIN
    BEGIN
        PERFORM FROM {compared} AS p, analytics.rollup_log AS l, analytics.rollup_turn AS t
        WHERE false AND p.created_at = l.created_at AND p.author_id = l.author_id
        AND p.category_id = l.category_id AND {STATE} = l.state;
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
    IF mod(nextval('analytics.rollup_turn'), {ONE_IN}) = 0 THEN
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
CREATE OR REPLACE FUNCTION analytics.mark_rollup_posts() RETURNS trigger LANGUAGE plpgsql {DEFINER}
AS $function$
BEGIN
    INSERT INTO analytics.rollup_mark (kind) VALUES ('all');
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$function$;
CREATE OR REPLACE FUNCTION analytics.mark_rollup_users() RETURNS trigger LANGUAGE plpgsql {DEFINER}
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

FUNCTIONS = (
    _noting("note_posts_inserted", _posts("new_rows", "1"), "new_rows"),
    _noting("note_posts_updated", _CHANGED, "new_rows"),
    _noting("note_posts_deleted", _posts("old_rows", "-1"), "old_rows"),
    _MARKING,
    FOLD,
    READ,
)
