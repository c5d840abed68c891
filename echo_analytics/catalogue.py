"""A schema as the server's catalogue describes it, object by object, to compare two databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

# Every part gives (kind, name, definition) of what is in the schema :schema and is no member of an
# extension. The order of columns is left out on purpose.
_PARTS = (
    """
    SELECT 'table', c.relname, concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity,
        c.relforcerowsecurity, c.relreplident, c.reloptions::text, pg_get_partkeydef(c.oid),
        obj_description(c.oid, 'pg_class'))
    FROM pg_class AS c
    WHERE c.relnamespace = :schema AND c.relkind IN ('r', 'p', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    """,
    """
    SELECT 'column', c.relname || '.' || a.attname, concat_ws(' ',
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END,
        'default ' || pg_get_expr(d.adbin, d.adrelid),
        'identity ' || nullif(a.attidentity::text, ''),
        'generated ' || nullif(a.attgenerated::text, ''),
        'collation ' || nullif(a.attcollation, t.typcollation)::regcollation::text,
        'storage ' || nullif(a.attstorage, t.typstorage)::text, col_description(c.oid, a.attnum))
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = :schema AND c.relkind IN ('r', 'p', 'f', 'c')
    AND a.attnum > 0 AND NOT a.attisdropped
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    """,
    """
    SELECT 'constraint', concat_ws('.', c.relname, k.conname),
        pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' not valid' END
    FROM pg_constraint AS k
    LEFT JOIN pg_class AS c ON c.oid = k.conrelid
    WHERE k.connamespace = :schema
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE objid IN (k.conrelid, k.contypid) AND deptype = 'e')
    """,
    """
    SELECT 'index', i.relname,
        pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' not valid' END
    FROM pg_index AS x
    JOIN pg_class AS i ON i.oid = x.indexrelid
    WHERE i.relnamespace = :schema
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = x.indrelid AND deptype = 'e')
    """,
    """
    SELECT 'enum', t.typname, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
    FROM pg_type AS t
    JOIN pg_enum AS e ON e.enumtypid = t.oid
    WHERE t.typnamespace = :schema
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
    GROUP BY t.oid, t.typname
    """,
    """
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'type' END, t.typname,
        concat_ws(' ', format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typdefault,
        CASE WHEN t.typnotnull THEN 'not null' END)
    FROM pg_type AS t
    LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typnamespace = :schema AND (t.typtype IN ('d', 'r') OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
    """,
    """
    SELECT 'trigger', c.relname || '.' || g.tgname,
        pg_get_triggerdef(g.oid) || ' enabled ' || g.tgenabled::text
    FROM pg_trigger AS g
    JOIN pg_class AS c ON c.oid = g.tgrelid
    JOIN pg_proc AS f ON f.oid = g.tgfoid
    JOIN pg_namespace AS fn ON fn.oid = f.pronamespace
    WHERE c.relnamespace = :schema AND NOT g.tgisinternal AND fn.nspname <> 'analytics'
    """,
    """
    SELECT 'function', f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
        CASE WHEN f.prokind IN ('a', 'w') THEN f.prokind::text ELSE pg_get_functiondef(f.oid) END
    FROM pg_proc AS f
    WHERE f.pronamespace = :schema
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = f.oid AND deptype = 'e')
    """,
    """
    SELECT 'view', c.relname, c.relkind::text || ' ' || pg_get_viewdef(c.oid)
    FROM pg_class AS c
    WHERE c.relnamespace = :schema AND c.relkind IN ('v', 'm')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    """,
    """
    SELECT 'sequence', c.relname, concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart,
        s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
    FROM pg_sequence AS s
    JOIN pg_class AS c ON c.oid = s.seqrelid
    WHERE c.relnamespace = :schema
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    """,
    """
    SELECT 'policy', c.relname || '.' || p.polname, concat_ws(' ', p.polcmd, p.polpermissive,
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy AS p
    JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE c.relnamespace = :schema
    """,
)


def describe(connection: Connection, schema: str = "public") -> dict[str, str]:
    """Return the definition of every object of ``schema`` by its kind and name.

    Tables, columns, constraints, indexes, enums, other types, triggers, functions, views, sequences
    and policies; the order of columns, owners, rights and the triggers whose function lives in
    ``analytics`` are left out. It reads the catalogue only.

    Examples
    --------
    >>> describe(connection)["enum post_status"]  # doctest: +SKIP
    "'draft', 'published', 'archived'"
    """
    found: dict[str, str] = {}
    with connection.begin_nested() if connection.in_transaction() else connection.begin():
        # Definitions name their schema only where the search path does not.
        before = connection.scalar(sa.text("SELECT pg_catalog.current_setting('search_path')"))
        _search(connection, "pg_catalog")
        oid = connection.scalar(
            sa.text("SELECT oid FROM pg_namespace WHERE nspname = :name"), {"name": schema}
        )
        for part in _PARTS:
            rows = connection.execute(sa.text(part), {"schema": oid})
            found.update({f"{kind} {name}": definition for kind, name, definition in rows})
        _search(connection, before or "")
    return dict(sorted(found.items()))


def _search(connection: Connection, path: str) -> None:
    connection.execute(
        sa.text("SELECT pg_catalog.set_config('search_path', :path, false)"), {"path": path}
    )


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    """Return how ``found`` differs from ``wanted``, a sentence for each object.

    Examples
    --------
    >>> differences({"enum a": "'x'"}, {"enum a": "'y'"})
    ("enum a is 'y' instead of 'x'",)
    """
    sentences = []
    for name in sorted({*wanted, *found}):
        if name not in found:
            sentences.append(f"{name} is missing: {wanted[name]}")
        elif name not in wanted:
            sentences.append(f"{name} is one too many: {found[name]}")
        elif wanted[name] != found[name]:
            sentences.append(f"{name} is {found[name]} instead of {wanted[name]}")
    return tuple(sentences)
