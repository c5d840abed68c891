"""``import_posts()``: each file whole or not at all, and any number of times."""

from __future__ import annotations

import contextlib
import itertools
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from echo_analytics.bulk import copy_batches
from echo_analytics.errors import (
    Conflict,
    DatabaseError,
    EchoError,
    ForeignKeyViolation,
    InvalidInput,
)
from echo_analytics.ingest.files import open_posts_file
from echo_analytics.ingest.load import STAGE, STAGED, Loaded, load, prepare, remove_repeated
from echo_analytics.ingest.rejects import rejects_files, written
from echo_analytics.ingest.report import (
    KEPT,
    FileReport,
    ImportRejected,
    ImportReport,
    RejectedRow,
)
from echo_analytics.ingest.rows import Problem, examine
from echo_analytics.journal import flight, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    import sqlalchemy as sa

    from echo_analytics.database import Database
    from echo_analytics.ingest.files import PostsFile

logger = logging.getLogger("echo_analytics.ingest")

_ATTEMPTS = 3
_PASSING = {
    "40P01",  # deadlock with an application that made the same users in another order
    "40001",
    "23502",  # a user was deleted between two statements
    "23503",  # a category was
}


# Any: whatever the frame of the database.
def import_posts(
    db: Database[Any],
    files: str | Path | Iterable[str | Path],
    *,
    skip_bad_rows: bool = False,
    rejects: str | Path | None = None,
    progress: bool = False,
) -> ImportReport:
    """Load posts from files, each file in one transaction. This writes to the database.

    Parquet, CSV and JSON Lines are told by their names: ``.parquet``, ``.csv``, ``.jsonl`` or
    ``.ndjson``, the texts also with ``.gz``. Other columns than these are ignored and reported:

    | column | |
    |---|---|
    | author_email | the key of a user, case and all; a missing user is created |
    | author_name | the name of a user who is created, from their first post in the file |
    | title | not blank, at most 2,692 bytes (the index on titles takes no more) |
    | content | may be empty, not null |
    | created_at | a timestamp, a date, or ISO 8601 text; without a zone it is in UTC |
    | category | optional: the exact name; a missing category is created |
    | status | optional: draft, published (when absent) or archived |
    | external_id | optional: gives the post its id |

    Ids are version 5 UUIDs of external_id; without one, of e-mail, created_at, title and content.
    A post whose id is there already stays as it is, so a file can be imported again. New
    users are as old as their first post in the file.

    Parameters
    ----------
    db
        An open database, with the application's tables.
    files
        One path, or several.
    skip_bad_rows
        Load the good rows of a file that has bad ones too, and write the bad ones apart.
    rejects
        Where the bad rows are written, with their values: a file, or for several files a folder.
        Else FILE.rejects.csv (FILE.rejects.jsonl after JSON Lines) beside each file, or in the
        current folder where that one cannot be written. An older file of rejects is replaced.
    progress
        Show a progress bar on a terminal.

    Returns
    -------
    ImportReport
        For each file what was created, what was there, and what was rejected.

    Raises
    ------
    InvalidInput
        A file is missing, of no known format, damaged, or lacks a column; nothing was asked of the
        database unless the damage is further inside.
    ImportRejected
        A file has bad rows: nothing of it was loaded, files before it were.
    DatabaseError
        The server refused; nothing of the current file was loaded.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> db = echo.connect()  # doctest: +SKIP
    >>> report = echo.import_posts(db, "posts.parquet")  # doctest: +SKIP
    >>> report.files[0].posts_created  # doctest: +SKIP
    5451
    """
    opened = [open_posts_file(path) for path in _paths(files)]
    targets: list[Path] | list[None] = [None] * len(opened)
    if skip_bad_rows:
        targets = rejects_files(opened, None if rejects is None else Path(rejects))
    elif rejects is not None:
        raise InvalidInput("rejects", "is only written with skip_bad_rows=True")
    done: list[FileReport] = []
    for file, target in zip(opened, targets, strict=True):
        try:
            done.append(_import_file(db, file, target, progress))
        except ImportRejected as error:
            raise ImportRejected(
                error.path, error.rows_rejected, error.rejected, tuple(done)
            ) from None
    return ImportReport(tuple(done))


def _paths(files: str | Path | Iterable[str | Path]) -> list[Path]:
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(path) for path in files]
    if not paths:
        raise InvalidInput("files", "needs one file at least")
    return paths


def _import_file(
    db: Database[Any], file: PostsFile, target: Path | None, progress: bool
) -> FileReport:
    with flight(logger, f"import of {file.path}", f"import of {file.path}") as landing:
        report = _import_patiently(db, file, target, progress)
        landing.text = f"import of {report.line()}"
        landing.facts.update(report.counts())
    return report


def _import_patiently(
    db: Database[Any], file: PostsFile, target: Path | None, progress: bool
) -> FileReport:
    for attempt in itertools.count(1):
        try:
            return _import_once(db, file, target, progress)
        except EchoError as error:
            if attempt == _ATTEMPTS or not _may_pass(error):
                raise
            logger.info("the import is tried again (%s)", reason(error))
    raise AssertionError  # the loop has no other end


def _may_pass(error: EchoError) -> bool:
    if isinstance(error, DatabaseError):
        return error.sqlstate in _PASSING
    return isinstance(error, Conflict | ForeignKeyViolation)


def _import_once(
    db: Database[Any], file: PostsFile, target: Path | None, progress: bool
) -> FileReport:
    hidden = None if progress else True
    with (
        contextlib.ExitStack() as after_commit,
        tqdm(total=file.rows, desc=file.path.name, unit=" rows", disable=hidden) as bar,
        db.transaction() as connection,
    ):
        prepare(connection)
        found = _stage(connection, file, bar)
        conflicts = remove_repeated(connection)
        found.add(file, conflicts)
        if found.bad and target is None:
            raise ImportRejected(file.path, found.bad, found.kept())
        if found.bad and target is not None:
            # Before the posts, whose locks are to be held for a short time.
            after_commit.enter_context(written(file, conflicts, target))
            found.written_to = target
        loaded = load(connection)
    return _report(file, found, loaded)


@dataclass(slots=True)
class _Found:
    """What staging saw."""

    rows: int = 0
    bad: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    written_to: Path | None = None

    def add(self, file: PostsFile, problems: Iterable[Problem]) -> None:
        bad = set()
        for problem in problems:
            bad.add(problem.row)
            if len(self.rejected) < KEPT:
                row = RejectedRow(str(file.path), problem.row, problem.column, problem.problem)
                self.rejected.append(row)
        self.bad += len(bad)

    def kept(self) -> tuple[RejectedRow, ...]:
        return tuple(sorted(self.rejected, key=lambda row: row.row))


# Any: tqdm is generic over what it counts, which is nothing here.
def _stage(connection: sa.Connection, file: PostsFile, bar: tqdm[Any]) -> _Found:
    found = _Found()

    def good() -> Iterator[pa.RecordBatch]:
        for raw in file.read():
            examined = examine(raw)
            found.add(file, examined.problems)
            rows = raw.columns.num_rows + len(raw.unreadable)
            found.rows += rows
            yield from examined.good.select(STAGED).to_batches()
            bar.update(rows)

    copy_batches(connection, STAGE, list(STAGED), good())
    return found


def _report(file: PostsFile, found: _Found, loaded: Loaded) -> FileReport:
    return FileReport(
        path=file.path,
        rows=found.rows,
        posts_created=loaded.posts,
        posts_unchanged=found.rows - found.bad - loaded.posts,
        users_created=loaded.users,
        categories_created=loaded.categories,
        rows_rejected=found.bad,
        rejected=found.kept(),
        rejects_file=found.written_to,
        ignored_columns=file.ignored,
    )
