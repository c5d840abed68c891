"""The SQL of the functions behind the search index: what a post becomes, and what triggers do."""

from __future__ import annotations

DECLARE = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'"

# As ``constructs.status`` has it. Texts, since the enum is the application's.
_STATUS = """CASE WHEN p.status::text = 'archived' THEN 'archived'
    WHEN p.published OR p.status::text = 'published' THEN 'published' ELSE 'draft' END"""

COLUMNS = """post_id, author_id, category_id, created_at, status, length, title_length, words,
    title_words"""

UNCHANGED = ("author_id", "category_id", "created_at", "status")
"""The columns that change without the words of a post."""

AS_STORED = f"""p.id AS post_id, p.author_id, p.category_id, p.created_at::timestamp AS created_at,
    {_STATUS} AS status"""

_ONE_IN = 512
_FEW = 20


def rows(source: str) -> str:
    """Return a SELECT of what is stored of the posts in ``source``, in the order of COLUMNS."""
    return f"""
SELECT {AS_STORED}, d.length, d.title_length, d.words, d.title_words
FROM {source} AS p, LATERAL analytics.search_document(p.title, p.content) AS d"""  # noqa: S608


NOTING = f"""
CREATE OR REPLACE FUNCTION analytics.keep_search_index() RETURNS trigger LANGUAGE plpgsql {DECLARE}
AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO analytics.post_search_todo (post_id) SELECT id FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics.post_search_todo (post_id)
        SELECT id FROM new_rows UNION SELECT id FROM old_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO analytics.post_search_todo (post_id) SELECT id FROM old_rows;
    ELSE
        INSERT INTO analytics.post_search_todo (post_id) VALUES (NULL);
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    BEGIN
        INSERT INTO analytics.post_search_todo (post_id) VALUES (NULL);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN NULL;
END
$function$;
"""  # noqa: S608 - constants of ours
"""What all triggers do while the index is filled: they note posts and touch nothing that whoever
fills it might hold."""

_SET_ALL = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.replace("\n", " ").split(", "))
_REPLACING = f"ON CONFLICT (post_id) DO UPDATE SET {_SET_ALL}, number = excluded.number"
_OTHERS = ", ".join(UNCHANGED)

_REWRITE = f"""
INSERT INTO analytics.post_search ({COLUMNS})
{
    rows('''(
    SELECT n.* FROM new_rows AS n LEFT JOIN old_rows AS o ON o.id = n.id
    WHERE o.id IS NULL OR n.title IS DISTINCT FROM o.title OR n.content IS DISTINCT FROM o.content
)''')
}
{_REPLACING}"""  # noqa: S608 - constants of ours

_REFILE = f"""
UPDATE analytics.post_search AS s SET ({_OTHERS}) = ROW ({", ".join(f"r.{n}" for n in UNCHANGED)})
FROM (SELECT {AS_STORED} FROM new_rows AS p) AS r
WHERE s.post_id = r.post_id AND ({", ".join(f"s.{n}" for n in UNCHANGED)})
    IS DISTINCT FROM ({", ".join(f"r.{n}" for n in UNCHANGED)})"""  # noqa: S608 - constants of ours

_RENUMBERED = """
DELETE FROM analytics.post_search WHERE post_id IN (
    SELECT id FROM old_rows EXCEPT SELECT id FROM new_rows)"""


def _possible(source: str) -> str:
    """Return a block that finds out whether the columns of posts are as the index knows them.

    It is analysed and not run. A block that writes would take a number of a transaction of its own
    in each statement of the application; this one takes none.
    """
    return f"""
    BEGIN
        PERFORM FROM ({rows(source)}) AS r JOIN analytics.post_search AS s
        ON (r.post_id, r.author_id, r.category_id, r.created_at, r.status, r.length, r.words)
            = (s.post_id, s.author_id, s.category_id, s.created_at, s.status, s.length, s.words)
        WHERE false;
    EXCEPTION WHEN OTHERS THEN
        possible := false;
    END;"""


KEEPING = f"""
CREATE OR REPLACE FUNCTION analytics.keep_search_index() RETURNS trigger LANGUAGE plpgsql {DECLARE}
AS $function$
DECLARE
    possible boolean := true;
BEGIN
    IF TG_OP = 'INSERT' THEN {_possible("new_rows")}
        IF possible THEN
            INSERT INTO analytics.post_search ({COLUMNS}) {rows("new_rows")}
            {_REPLACING};
            IF random() * {_ONE_IN} < 1 THEN
                PERFORM analytics.collect_search_words();
            END IF;
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN {_possible("new_rows")}
    ELSIF TG_OP = 'DELETE' THEN {_possible("old_rows")}
    ELSE
        BEGIN
            DELETE FROM analytics.post_search;
        EXCEPTION WHEN OTHERS THEN
            possible := false;
        END;
    END IF;
    IF NOT possible THEN
        BEGIN
            INSERT INTO analytics.post_search_todo (post_id) VALUES (NULL);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    ELSIF TG_OP = 'UPDATE' THEN
        -- What is planned for a few rows is kept, and would never end with many.
        IF (SELECT count(*) FROM (SELECT FROM new_rows LIMIT {_FEW + 1}) AS n) <= {_FEW} THEN
            {_REWRITE};
            {_REFILE};
            {_RENUMBERED};
        ELSE
            EXECUTE $sql$ {_REWRITE} $sql$;
            EXECUTE $sql$ {_REFILE} $sql$;
            EXECUTE $sql$ {_RENUMBERED} $sql$;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM analytics.post_search AS s USING old_rows AS o WHERE s.post_id = o.id;
    END IF;
    RETURN NULL;
END
$function$;
"""  # noqa: S608 - constants of ours
"""What all triggers do once the index is whole: they keep it so."""
