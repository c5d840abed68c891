"""``connect()`` and the ``Database`` that it returns."""

from __future__ import annotations

import contextlib
import functools
import html
import weakref
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, cast, overload

from echo_analytics import embedded
from echo_analytics.arguments import choice, positive
from echo_analytics.engine import Writers
from echo_analytics.frames import check_frame
from echo_analytics.health import Health, check_health
from echo_analytics.readers import Readers
from echo_analytics.schema import HEAD
from echo_analytics.settings import Settings
from echo_analytics.target import Target, target
from echo_analytics.transactions import ISOLATION_LEVELS, run, transaction
from echo_analytics.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import sqlalchemy as sa

    from echo_analytics.bulk.create import OnConflict
    from echo_analytics.bulk.report import BulkReport
    from echo_analytics.frames import FrameName
    from echo_analytics.migrate import MigrationReport
    from echo_analytics.repositories import CategoryRepository, PostRepository, UserRepository
    from echo_analytics.rollups.control import Rollups
    from echo_analytics.search_index.control import SearchIndex
    from echo_analytics.services import PostService
    from echo_analytics.transactions import IsolationLevel

F = TypeVar("F")
T = TypeVar("T")


class Database(View[F]):
    """An open database: a source for analyses, and the door for writing.

    It is a context manager; one that is not closed is closed when the process ends. Connections are
    made when they are needed. It can be used from several threads.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> with echo.connect() as db:  # doctest: +SKIP
    ...     echo.daily_posts(db, "2026-01-01", "2026-06-30")
    """

    def __init__(
        self,
        where: Target,
        settings: Settings,
        frame: FrameName,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._where, self._settings = where, settings
        self._readers = Readers(where, settings)
        self._writers = Writers(where, settings)
        super().__init__(self._readers, frame)
        # Runs once: at close(), when nobody refers to this any more, or when Python ends.
        self._close = weakref.finalize(self, _close, self._readers, self._writers, on_close)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[View[F]]:
        """Give a source whose analyses all see the same moment.

        It is one read-only transaction: fetch what is needed, leave the block, then draw.
        """
        with self._readers.snapshot() as reader:
            yield View(reader, self._frame, memory=self.memory)

    @contextlib.contextmanager
    def transaction(
        self, *, isolation_level: IsolationLevel | None = None
    ) -> Iterator[sa.Connection]:
        """Give a connection for writing; commit at the end of the block, roll back on an error.

        Parameters
        ----------
        isolation_level
            "read committed", "repeatable read" or "serializable"; None for the session's own.

        Raises
        ------
        ConnectionFailed
            The server cannot be reached, or the connection was lost before COMMIT.
        OutcomeUnknown
            The connection was lost during COMMIT: the change may or may not have been made.
        DatabaseError
            The server refused a statement.
        """
        level = None if isolation_level is None else _isolation_level(isolation_level)
        with transaction(self._writers.engine, isolation_level=level) as connection:
            yield connection

    def run(
        self,
        work: Callable[[sa.Connection], T],
        *,
        isolation_level: IsolationLevel | None = None,
        attempts: int = 5,
    ) -> T:
        """Run a function in a transaction; run both again where nothing can have been kept.

        So it is after a serialization failure (40001), a deadlock (40P01) and a connection lost
        before COMMIT. What the function does besides writing to its connection happens again too.

        Parameters
        ----------
        work
            Takes the connection of the transaction; what it returns is returned.
        isolation_level
            "read committed", "repeatable read" or "serializable"; None for the session's own.
        attempts
            How often it is tried in all, with growing pauses of random length in between.

        Raises
        ------
        OutcomeUnknown
            The connection was lost during COMMIT; that is never tried again.
        EchoError
            What the last attempt raised.

        Examples
        --------
        >>> from echo_analytics.repositories import PostRepository
        >>> db.run(lambda connection: PostRepository(connection).count()) >= 0
        True
        """
        tries = positive("attempts", attempts)
        level = None if isolation_level is None else _isolation_level(isolation_level)
        return run(lambda: transaction(self._writers.engine, isolation_level=level), work, tries)

    @contextlib.contextmanager
    def autocommit(self) -> Iterator[sa.Connection]:
        """Give a connection on which each statement is a transaction of its own."""
        with transaction(self._writers.engine, autocommit=True) as connection:
            yield connection

    @functools.cached_property
    def users(self) -> UserRepository:
        """Users: created, found, changed and deleted, each call in its own transaction."""
        from echo_analytics.repositories import UserRepository

        return UserRepository(self)

    @functools.cached_property
    def posts(self) -> PostRepository:
        """Posts: created, found, changed and deleted, each call in its own transaction."""
        from echo_analytics.repositories import PostRepository

        return PostRepository(self)

    @functools.cached_property
    def categories(self) -> CategoryRepository:
        """Categories: created, found, changed and deleted, each call in its own transaction."""
        from echo_analytics.repositories import CategoryRepository

        return CategoryRepository(self)

    @functools.cached_property
    def post_service(self) -> PostService:
        """What happens to posts: written with their author, published, archived, moved."""
        from echo_analytics.services import PostService

        return PostService(self)

    @functools.cached_property
    def rollups(self) -> Rollups:
        """Counts by day that are stored and kept exact: enabled, refreshed, removed."""
        from echo_analytics.rollups.control import Rollups

        return Rollups(self.engine)

    @functools.cached_property
    def search_index(self) -> SearchIndex:
        """The index that searches go by: built, looked at, removed."""
        from echo_analytics.search_index.control import SearchIndex

        return SearchIndex(self.engine)

    # Any: rows in whatever form.
    def bulk_create(
        self,
        *,
        users: Any = None,  # noqa: ANN401
        posts: Any = None,  # noqa: ANN401
        categories: Any = None,  # noqa: ANN401
        on_conflict: OnConflict = "error",
        progress: bool = False,
    ) -> BulkReport:
        """Write many users, posts and categories in one transaction: all or none.

        The parameters are those of :func:`echo_analytics.bulk_create`, which says more.

        Examples
        --------
        >>> import pandas as pd
        >>> tags = pd.DataFrame({"name": ["Releases"], "slug": ["releases"]})
        >>> db.bulk_create(categories=tags, on_conflict="skip").categories.rows
        1
        """
        from echo_analytics.bulk import bulk_create

        return bulk_create(
            self,
            users=users,
            posts=posts,
            categories=categories,
            on_conflict=on_conflict,
            progress=progress,
        )

    @property
    def engine(self) -> sa.Engine:
        """The SQLAlchemy engine for writing, over the pool of this database."""
        return self._writers.engine

    @property
    def where(self) -> str:
        """Host, port and name of the database, without a password."""
        return self._where.where

    def health(self) -> Health:
        """Check reading, the right to write and the pools; never raises.

        It has a connection of its own, and so works while all of the pools are in use.

        Examples
        --------
        >>> db.health().write_denied  # in a session for reading
        True
        """
        return check_health(self._where, self._settings, self._readers, self._writers)

    def close(self) -> None:
        """Close all connections; the embedded server stops with its last user."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._close.alive else "closed"
        return f"<Database on {self._where.where}, {self._frame} frames, {state}>"

    def _repr_html_(self) -> str:
        state = "open" if self._close.alive else "closed"
        return (
            f"<b>Database</b> on {html.escape(self._where.where)}<br>frames: {self._frame}, {state}"
        )


def _isolation_level(value: str) -> IsolationLevel:
    return cast("IsolationLevel", choice("isolation_level", value, ISOLATION_LEVELS))


def _close(readers: Readers, writers: Writers, on_close: Callable[[], None] | None) -> None:
    readers.close()
    writers.close()
    if on_close is not None:
        on_close()


@overload
def connect(
    url: str | None = None, *, frame: Literal["pandas"] = "pandas"
) -> Database[pd.DataFrame]: ...
@overload
def connect(url: str | None = None, *, frame: Literal["polars"]) -> Database[pl.DataFrame]: ...
@overload
def connect(url: str | None = None, *, frame: Literal["arrow"]) -> Database[pa.Table]: ...
def connect(url: str | None = None, *, frame: FrameName = "pandas") -> Database[Any]:
    """Open a database.

    Parameters
    ----------
    url
        A PostgreSQL URL such as ``postgresql://user@host:5432/database``. None means the one of
        ``ECHO_DATABASE_URL``, and without that the embedded server, which is started, or joined
        when another process runs it. Its database is kept at the newest schema.
    frame
        What analyses return: "pandas", "polars" or "arrow" (a ``pyarrow.Table``).

    Raises
    ------
    ConnectionFailed
        The server cannot be reached, or refuses; the message says which one and what to check.
    InvalidInput
        ``frame`` or a setting in the environment is wrong.
    MissingExtra
        polars is wanted and not installed.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> db = echo.connect(frame="polars")  # doctest: +SKIP
    """
    settings = Settings.from_environment()
    database = _opened(url, settings, check_frame(frame))
    if url is None and settings.database_url is None:
        try:
            if database.health().revision != HEAD:
                from echo_analytics.migrate import migrate

                migrate(database.engine)
        except BaseException:
            database.close()
            raise
    return database


def migrate_at(url: str | None = None, *, check: bool = False) -> MigrationReport:
    """Migrate the database that ``connect(url)`` would open; see ``migrate.migrate``."""
    from echo_analytics.migrate import migrate

    with _opened(url, Settings.from_environment(), "arrow") as database:
        return migrate(database.engine, check=check)


def _opened(url: str | None, settings: Settings, frame: FrameName) -> Database[Any]:
    """Return the database once a connection to it has been made."""
    given = settings.database_url if url is None else url
    if given is not None:
        database: Database[Any] = Database(target(given, settings), settings, frame)
    else:
        server = embedded.start(settings.home)
        database = Database(target(server.url(), settings), settings, frame, server.close)
    try:
        # A twentieth of what the first connection for reading takes, which looks up all types.
        database._writers.probe()  # noqa: SLF001 - a neighbour in this file
    except BaseException:
        database.close()
        raise
    return database
