"""Run a notebook in a kernel of its own, with parameters."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import EchoError
from echo_analytics.notebook_reports.parameters import TAG, read_notebook
from echo_analytics.notebook_reports.tools import tool
from echo_analytics.reports.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_KERNEL = {
    # Figures as data, which the page is made of; every other renderer writes a page of its own.
    "PLOTLY_RENDERER": "plotly_mimetype",
    # The kernel of this environment, not one of the same name in a home directory.
    "JUPYTER_PREFER_ENV_PATH": "1",
}


class NotebookFailed(EchoError):  # noqa: N818 - it is the notebook that did
    """A cell of a notebook failed, or its kernel died; the partial notebook is kept."""


def run(
    path: Path,
    result: Path,
    values: Mapping[str, object],
    environment: Mapping[str, str],
    progress: Progress | None = None,
) -> None:
    """Run a notebook and write it with its outputs, as far as it came.

    Parameters
    ----------
    path
        The notebook, which is left as it is; its folder is the one it runs in.
    result
        Where it is written, after each cell.
    values
        Its parameters.
    environment
        Variables that its kernel gets besides those of this process.
    progress
        Is told each cell of code before it runs.

    Raises
    ------
    NotebookFailed
        A cell failed; the message says which one, and never what its values were.
    """
    papermill = tool("papermill")
    errors = tool("papermill.exceptions")
    client = tool("nbclient.exceptions")
    told = progress or Silent()
    begin = _telling(path, values, told)
    try:
        with _sockets() as sockets, _variables({**_KERNEL, **sockets, **environment}):
            papermill.execute_notebook(
                str(path),
                str(result),
                parameters=dict(values),
                cwd=str(path.parent),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                on_cell_execute=begin,
                # By files: over TCP others on this machine could listen, and the kernel says so.
                config=tool("traitlets.config").Config(KernelManager={"transport": "ipc"}),
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
    except errors.PapermillExecutionError as error:
        number = error.cell_index + 1 - _added_before(path, error.cell_index, values)
        raise NotebookFailed(f"cell {number} of {path.name} failed ({error.ename})") from None
    except (client.DeadKernelError, client.CellControlSignal, RuntimeError) as error:
        raise NotebookFailed(f"the kernel of {path.name} ended ({type(error).__name__})") from None
    finally:
        told.end()


def _added_before(path: Path, index: int, values: Mapping[str, object]) -> int:
    """Return 1 where the cell that papermill adds for the values stands before another one."""
    if not values or _has_added(path):
        return 0
    tags = [cell.metadata.get("tags", ()) for cell in read_notebook(path).cells]
    place = next((n for n, each in enumerate(tags, start=1) if TAG in each), 0)
    return int(index > place)


def _telling(path: Path, values: Mapping[str, object], told: Progress) -> Callable[..., None]:
    """Return what tells of each cell of code before it runs."""
    code = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    told.start(len(code) + int(bool(values) and not _has_added(path)))

    # Any: a cell, and whatever else is told of it.
    def begin(cell: Any, cell_index: int, **_: Any) -> None:  # noqa: ANN401
        if "injected-parameters" in cell.metadata.get("tags", ()):
            told.step("the values of the parameters")
        else:
            told.step(f"cell {cell_index + 1 - _added_before(path, cell_index, values)}")

    return begin


def _has_added(path: Path) -> bool:
    """Whether there is a cell of papermill for the values already, which it replaces."""
    cells = read_notebook(path).cells
    return any("injected-parameters" in cell.metadata.get("tags", ()) for cell in cells)


@contextlib.contextmanager
def _sockets() -> Iterator[dict[str, str]]:
    """Give a folder for the sockets of a kernel; the usual one may be too deep for their names."""
    with tempfile.TemporaryDirectory(prefix="echo-kernel-") as folder:
        yield {"JUPYTER_RUNTIME_DIR": folder}


@contextlib.contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process, which kernels inherit, for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
