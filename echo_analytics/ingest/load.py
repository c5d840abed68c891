"""Staged rows into users, categories and posts, in the transaction that staged them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.errors import Conflict
from echo_analytics.ingest.rows import Problem
from echo_analytics.schema import categories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

STAGE = "import_rows"
"""The temporary table of a file's good rows."""

STAGED = (
    "row",
    "id",
    "author_email",
    "author_name",
    "title",
    "content",
    "created_at",
    "status",
    "category",
    "keyed",
)
"""Its columns."""

_LOCK = 0x6563686F_696D70
_ATTEMPTS = 5
_MOST_SLUG = 80

_PREPARE = (
    # A large file takes as long as it takes.
    "SET LOCAL statement_timeout = 0",
    # One statement sees what others committed before it, whatever the role's default is.
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    # Reading a large file may take longer between two batches than a forgotten session is given.
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    f"""
    CREATE TEMPORARY TABLE {STAGE} (
        row bigint NOT NULL, id uuid NOT NULL, author_email text NOT NULL,
        author_name text NOT NULL, title text NOT NULL, content text NOT NULL,
        created_at timestamp NOT NULL, status public.post_status NOT NULL, category text,
        keyed boolean NOT NULL
    ) ON COMMIT DROP
    """,
)

_REPEATED = f"""
    SELECT s.row, s.keyed, f.row AS first,
           (s.author_email, s.title, s.content, s.created_at, s.status, s.category)
           IS DISTINCT FROM
           (f.author_email, f.title, f.content, f.created_at, f.status, f.category) AS differs
    FROM (SELECT id, min(row) AS row FROM {STAGE} GROUP BY id HAVING count(*) > 1) r
    JOIN {STAGE} f USING (id, row)
    JOIN {STAGE} s ON s.id = r.id AND s.row > r.row
    ORDER BY s.row
"""  # noqa: S608 - constants of ours

_USERS = f"""
    INSERT INTO public.users (email, name, created_at, updated_at)
    SELECT DISTINCT ON (author_email) author_email, author_name, created_at, created_at
    FROM {STAGE}
    ORDER BY author_email, created_at, row
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of ours

# A user who was deleted a moment ago leaves author_id NULL, which fails rather than loses a post.
_POSTS = f"""
    INSERT INTO public.posts
        (id, title, content, published, status, author_id, category_id, created_at, updated_at)
    SELECT s.id, s.title, s.content, s.status = 'published', s.status, u.id, c.id,
           s.created_at, s.created_at
    FROM {STAGE} s
    LEFT JOIN public.users u ON u.email = s.author_email
    LEFT JOIN unnest(CAST(:names AS text[]), CAST(:ids AS uuid[])) AS c (name, id)
        ON c.name = s.category
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of ours


# Two arrays, because single values would be limited to 65,535 of them.
_NEW_CATEGORIES = """
    INSERT INTO public.categories (name, slug)
    SELECT * FROM unnest(CAST(:names AS text[]), CAST(:slugs AS text[]))
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows an import made."""

    posts: int
    users: int
    categories: int


def prepare(connection: sa.Connection) -> None:
    """Make the temporary table; it must be the first thing in its transaction."""
    for statement in _PREPARE:
        connection.execute(sa.text(statement))


def remove_repeated(connection: sa.Connection) -> list[Problem]:
    """Leave the first of the staged rows with the same id, and return those that differ from it."""
    connection.execute(sa.text(f"ANALYZE {STAGE}"))
    rows = connection.execute(sa.text(_REPEATED)).all()
    if rows:
        copies = sa.text(f"DELETE FROM {STAGE} WHERE row = ANY(:rows)")  # noqa: S608 - ours
        connection.execute(copies, {"rows": [row.row for row in rows]})
    return [_conflict(row.row, row.first, row.keyed) for row in rows if row.differs]


def _conflict(row: int, first: int, keyed: bool) -> Problem:
    if keyed:
        return Problem(row, "external_id", f"is that of row {first}, which differs")
    return Problem(row, "", f"repeats row {first} with another status or category")


def load(connection: sa.Connection) -> Loaded:
    """Make the posts that are missing, and the users and categories that those need.

    Imports do this one after the other, so that they cannot block each other for ever.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    known = f"DELETE FROM {STAGE} s USING public.posts p WHERE p.id = s.id"  # noqa: S608 - ours
    connection.execute(sa.text(known))
    users = connection.execute(sa.text(_USERS)).rowcount
    ids, created = _categories(connection)
    values = {"names": list(ids), "ids": list(ids.values())}
    posts = connection.execute(sa.text(_POSTS), values).rowcount
    return Loaded(posts, users, created)


def _categories(connection: sa.Connection) -> tuple[dict[str, str], int]:
    """Return the ids of the staged categories by name, and how many had to be created."""
    names = connection.execute(
        sa.text(f"SELECT DISTINCT category FROM {STAGE} WHERE category IS NOT NULL")  # noqa: S608
    )
    wanted = sorted(names.scalars())
    created = 0
    for _ in range(_ATTEMPTS):
        rows = connection.execute(sa.select(categories.c.id, categories.c.name, categories.c.slug))
        found = rows.all()
        ids = {row.name: str(row.id) for row in found}
        missing = [name for name in wanted if name not in ids]
        if not missing:
            return {name: ids[name] for name in wanted}, created
        free = list(slugs(missing, {row.slug for row in found}))
        values = {"names": missing, "slugs": free}
        created += connection.execute(sa.text(_NEW_CATEGORIES), values).rowcount
    raise Conflict("categories: others create the same ones; import the file again")


def slugs(names: list[str], taken: Collection[str]) -> Iterator[str]:
    """Give a slug for each name: ASCII in lower case, hyphens for the rest, each only once.

    Different names stay different categories: where "C" has the slug "c", "C++" gets "c-2".

    Parameters
    ----------
    names
        The names, in the order in which slugs are given.
    taken
        Slugs that are not free.
    """
    used = set(taken)
    for name in names:
        plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", plain.lower())[:_MOST_SLUG].strip("-") or "category"
        slug, number = stem, 1
        while slug in used:
            number += 1
            slug = f"{stem}-{number}"
        used.add(slug)
        yield slug
