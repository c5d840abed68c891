"""``db.search_index``: building, removing and looking at the index of ``search_posts``."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from tqdm import tqdm

from echo_analytics.arguments import flag, positive, text
from echo_analytics.errors import InvalidInput, NotSupported
from echo_analytics.migration import inspection, sessions
from echo_analytics.search_index import building, extras, objects
from echo_analytics.search_index.words import LOCK_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

PATIENCE = 600.0
"""Seconds to wait for another build, and for locks of other sessions."""

_NAME = "build of the search index"

_CONFIGURATION = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.cfgname)
FROM pg_ts_config AS c JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
WHERE c.cfgname = :name AND c.cfgname <> :ours ORDER BY n.nspname <> 'pg_catalog', n.nspname LIMIT 1
"""

_STATUS = f"""
SELECT s.configuration, s.phase, s.version, s.signature = {objects.SIGNATURE} AS intact,
    (SELECT count(*) FROM analytics.post_search) AS indexed,
    (SELECT count(*) FROM public.posts) AS posts,
    (SELECT count(*) FROM analytics.post_search_todo) AS noted,
    (SELECT count(*) FROM analytics.post_search_word) AS words,
    s.built_at AT TIME ZONE 'UTC' AS built_at,
    (SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'analytics' AND c.relname LIKE 'post\\_search%' AND c.relkind = 'r'
    ) AS size
FROM analytics.post_search_state AS s
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True, slots=True)
class SearchIndexStatus:
    """What there is of the search index, and whether searches go by it.

    Parameters
    ----------
    phase
        "none", or how far a build has come: "filling", "indexing", "finishing", "ready".
    usable
        Whether searches go by it. Else they read the posts themselves.
    configuration
        The text search configuration, with its schema; empty without an index.
    indexed, posts
        How many posts the index holds, and how many there are. Of an index that is ready they can
        only differ where posts were written past the triggers.
    words
        How many words are known, to which typing errors can be corrected.
    size
        The bytes it takes, with its own indexes.
    problems
        What keeps searches from it or is missing, and what to do.
    """

    phase: str = "none"
    usable: bool = False
    configuration: str = ""
    indexed: int = 0
    posts: int = 0
    words: int = 0
    size: int = 0
    problems: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the status for people, a line for each thing."""
        if self.phase == "none":
            return "there is no search index\n"
        lines = [
            f"search index: {self.phase}, text search configuration {self.configuration}",
            f"searches go by it: {'yes' if self.usable else 'no'}",
            f"posts indexed: {self.indexed:,} of {self.posts:,}",
            f"words known: {self.words:,}",
            f"size: {self.size / 2**20:,.1f} MB",
            *self.problems,
        ]
        return "\n".join(lines) + "\n"


class SearchIndex:
    """The index that ``search_posts`` goes by, kept by triggers.

    Examples
    --------
    >>> db.search_index.build().usable  # doctest: +SKIP
    True
    """

    def __init__(self, engine: Engine, *, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._patience = patience

    def build(
        self,
        configuration: str | None = None,
        *,
        batch_size: int = 1_000,
        progress: bool = False,
    ) -> SearchIndexStatus:
        """Build the index, or go on with a build that was broken off.

        It adds four triggers to ``public.posts``, and tables and functions to ``analytics``. The
        application goes on writing meanwhile and never waits for it longer than some hundredths of
        a second. What is whole is left as it is. Another configuration builds it anew.

        Parameters
        ----------
        configuration
            The name of a text search configuration: "english" where there is no index yet,
            "simple" for texts in several languages, or any other that the database has. None
            keeps the one of the index.
        batch_size
            How many posts are read in one transaction.
        progress
            Whether to show a progress bar.

        Raises
        ------
        InvalidInput
            The database has no such configuration, or ``batch_size`` is wrong.
        NotSupported
            The database was never migrated.
        DatabaseError
            The role does not own the tables, or others held locks for too long.
        """
        name = None if configuration is None else text("configuration", configuration)
        size, shown = positive("batch_size", batch_size, 100_000), flag("progress", progress)
        with self._alone() as connection:
            chosen = _configuration(connection, name)
            with tqdm(unit=" posts", disable=None if shown else True) as bar:

                def report(step: str, done: int, of: int) -> None:
                    bar.set_description(step, refresh=False)
                    bar.total, bar.n = max(of, done), done
                    bar.refresh()

                building.Build(
                    connection, batch_size=size, patience=self._patience, report=report
                ).run(chosen)
            return _status(connection)

    def drop(self) -> SearchIndexStatus:
        """Remove the index and its triggers; without one, nothing happens.

        The extensions ``pg_trgm`` and ``unaccent`` stay.

        Raises
        ------
        DatabaseError
            The role does not own the tables, or others held locks for too long.
        """
        with self._alone() as connection:
            building.drop(connection, self._patience)
        return SearchIndexStatus()

    def status(self) -> SearchIndexStatus:
        """Say what is there; it counts the posts."""
        with sessions.connect(self._engine) as connection:
            return _status(connection)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[Connection]:
        with sessions.connect(self._engine) as connection:
            with sessions.transaction(connection, read_only=True):
                if not inspection.has_schema(connection):
                    raise NotSupported(
                        "the database has no schema analytics: `echo-analytics migrate` makes it"
                    )
            with sessions.exclusive(connection, self._patience, LOCK_KEY, _NAME):
                yield connection


def _configuration(connection: Connection, name: str | None) -> str:
    with sessions.transaction(connection, read_only=True):
        if name is None and building.exists(connection):
            kept = "SELECT configuration FROM analytics.post_search_state"
            if (found := connection.scalar(sa.text(kept))) is not None:
                return str(found)
        values = {"name": name or "english", "ours": objects.HEADLINES}
        found = connection.scalar(sa.text(_CONFIGURATION), values)
    if found is None:
        raise InvalidInput("configuration", "is not a text search configuration of the database")
    return str(found)


def _status(connection: Connection) -> SearchIndexStatus:
    with sessions.transaction(connection, read_only=True):
        if not building.exists(connection):
            return SearchIndexStatus()
        row = connection.execute(sa.text(_STATUS)).one_or_none()
        if row is None:
            return SearchIndexStatus()
        current = row.version == building.VERSION
        usable = row.phase == "ready" and current and bool(row.intact) and not row.noted
        missing = [
            name
            for name in (extras.TRIGRAMS, extras.ACCENTS)
            if extras.schema_of(connection, name) is None
        ]
    problems = []
    if row.phase != "ready":
        problems.append("the build was broken off, or runs: `echo-analytics search-index build`")
    elif not current:
        problems.append("it was made by another version of this package: build again")
    elif not usable:
        problems.append("a trigger was disabled, or could not index posts: build again")
    elif row.indexed != row.posts:
        problems.append("posts were written past the triggers: drop, then build")
    if extras.TRIGRAMS in missing:
        problems.append("typing errors are not corrected: the extension pg_trgm is missing")
    if extras.ACCENTS in missing:
        problems.append("accented words are not marked: the extension unaccent is missing")
    return SearchIndexStatus(
        row.phase,
        usable,
        row.configuration,
        row.indexed,
        row.posts,
        row.words,
        row.size,
        tuple(problems),
    )
