"""Bad rows written apart, with their original values and with what is wrong."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import tempfile
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from echo_analytics.errors import InvalidInput
from echo_analytics.ingest.rows import Problem, examine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from echo_analytics.ingest.files import PostsFile
    from echo_analytics.ingest.text_files import RawRows

_WHY = ("row", "column", "problem")
_TEXT = "unreadable_row"


def rejects_files(files: Sequence[PostsFile], rejects: Path | None) -> list[Path]:
    """Return where the bad rows of each file go.

    That is beside the file, or in the current folder where that one cannot be written; its name is
    that of the file with ``.rejects.csv``, or ``.rejects.jsonl`` after JSON Lines.

    Parameters
    ----------
    files
        What is imported.
    rejects
        A file, where there is one file to import, or a folder that exists.

    Raises
    ------
    InvalidInput
        A file would be overwritten by the bad rows of itself or of another one, or the folder is
        missing.
    """
    if rejects is not None and len(files) > 1 and not rejects.is_dir():
        raise InvalidInput("rejects", "needs a folder that exists where several files are imported")
    targets = [_target(file, rejects) for file in files]
    paths = {file.path.resolve() for file in files}
    places = {target.resolve() for target in targets}
    if len(places) < len(paths) or places & paths:
        raise InvalidInput("rejects", "an imported file, or one file of rejects, would be lost")
    for target in targets:
        if not target.parent.is_dir():
            raise InvalidInput("rejects", "its folder does not exist")
    return targets


def _target(file: PostsFile, rejects: Path | None) -> Path:
    name = f"{file.path.name}.rejects.{'jsonl' if file.format == 'jsonl' else 'csv'}"
    if rejects is not None:
        return rejects / name if rejects.is_dir() else rejects
    folder = file.path.parent
    return folder / name if os.access(folder, os.W_OK) else Path(name)


@contextlib.contextmanager
def written(file: PostsFile, conflicts: Sequence[Problem], target: Path) -> Iterator[None]:
    """Write the bad rows of ``file``; they take the place of ``target`` when the block succeeds.

    Before its own columns come row, column and problem, which replace columns of the same names.

    Parameters
    ----------
    file
        Where the rows are; it is read again.
    conflicts
        Problems that the checks of single rows do not find.
    target
        The file to write.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            if file.format == "jsonl":
                _write_jsonl(stream, file, conflicts)
            else:
                _write_csv(stream, file, conflicts)
        yield
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_csv(stream: IO[str], file: PostsFile, conflicts: Sequence[Problem]) -> None:
    columns = [name for name in file.columns if name not in (*_WHY, _TEXT)]
    writer = csv.DictWriter(
        stream, [*_WHY, *columns, _TEXT], extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    for raw, why, index in _bad_rows(file, conflicts):
        writer.writerow(_cells(raw, why, index) | why)


def _write_jsonl(stream: IO[str], file: PostsFile, conflicts: Sequence[Problem]) -> None:
    for raw, why, _ in _bad_rows(file, conflicts):
        line = raw.lines[int(why["row"]) - raw.first_line]
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError):
            cells = None
        if not isinstance(cells, dict):
            cells = {_TEXT: line.decode("utf-8", "backslashreplace")}
        stream.write(json.dumps({**cells, **why}) + "\n")


# Any: what stands in a cell depends on the file.
def _bad_rows(
    file: PostsFile, conflicts: Sequence[Problem]
) -> Iterator[tuple[RawRows, dict[str, Any], int | None]]:
    """Give the bad rows with their problems, and their index where they could be read."""
    by_row = {problem.row: problem for problem in conflicts}
    for raw in file.read(everything=True):
        found = list(examine(raw).problems)
        indices = {number: index for index, number in enumerate(raw.numbers.to_pylist())}
        found += [by_row[number] for number in by_row.keys() & indices.keys()]
        found.sort(key=lambda problem: problem.row)
        for row, problems in groupby(found, key=lambda problem: problem.row):
            listed = list(problems)
            why = {
                "row": row,
                "column": "; ".join(problem.column for problem in listed),
                "problem": "; ".join(problem.problem for problem in listed),
            }
            yield raw, why, indices.get(row)


def _cells(raw: RawRows, why: dict[str, Any], index: int | None) -> dict[str, Any]:
    if index is None:
        texts = {row.row: row.text for row in raw.unreadable}
        return {_TEXT: texts[why["row"]]}
    return {
        name: _shown(column[index])
        for name, column in zip(raw.columns.schema.names, raw.columns.columns, strict=True)
    }


def _shown(cell: pa.Scalar) -> object:
    try:
        value = cell.as_py()
    except (ValueError, OverflowError):
        # An instant that Python cannot hold.
        return f"{cell.value} {cell.type}"
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
