"""What is wrong with rows, gathered into one error that names columns and rows, and no value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.errors import InvalidInput

_ROWS_NAMED = 5
_PROBLEMS_NAMED = 5


class Problems:
    """The problems of one table.

    Parameters
    ----------
    argument
        The name of the table.
    """

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._found: dict[tuple[str, str], tuple[list[int], int]] = {}

    def note(
        self, column: str, found: list[tuple[pa.Array, str]], rows: int, first: int
    ) -> pa.Array:
        """Note wrong cells, each for the first thing that is wrong with it.

        Parameters
        ----------
        column
            Their column.
        found
            Masks of cells, null for false, and what is wrong with them.
        rows
            How many there are.
        first
            The number of the first one.

        Returns
        -------
        pyarrow.BooleanArray
            Which cells are wrong.
        """
        wrong = pa.repeat(False, rows)
        for mask, problem in found:
            new = pc.and_(pc.fill_null(mask, False), pc.invert(wrong))
            places = np.flatnonzero(new.to_numpy(zero_copy_only=False))
            if len(places):
                self._add(column, problem, [first + int(place) for place in places])
                wrong = pc.or_(wrong, new)
        return wrong

    def _add(self, column: str, problem: str, rows: list[int]) -> None:
        named, count = self._found.get((column, problem), ([], 0))
        named = [*named, *rows][:_ROWS_NAMED]
        self._found[column, problem] = (named, count + len(rows))

    def check(self) -> None:
        """Raise what was noted.

        Raises
        ------
        InvalidInput
            Something was.
        """
        if not self._found:
            return
        said = [
            (f"{self._argument}.{column}", f"{problem} ({_rows(*where)})")
            for (column, problem), where in self._found.items()
        ]
        more = [f"{argument} {problem}" for argument, problem in said[1:_PROBLEMS_NAMED]]
        if len(said) > _PROBLEMS_NAMED:
            more.append(f"{len(said) - _PROBLEMS_NAMED} more problems")
        argument, problem = said[0]
        raise InvalidInput(argument, "; ".join([problem, *more]))


def _rows(named: list[int], count: int) -> str:
    if count == 1:
        return f"row {named[0]}"
    listed = ", ".join(map(str, named))
    return (
        f"rows {listed}" if count == len(named) else f"rows {listed} and {count - len(named)} more"
    )
